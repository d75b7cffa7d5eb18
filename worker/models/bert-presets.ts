import { type BertConfig, BertConfigSchema } from './bert-config.ts';

interface Shape {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
}

/** As published: heads of 64, four times the width in the feed-forward layer, dropout 0.1, a pooler and no head. */
function bert(shape: Shape, more: Partial<BertConfig> = {}): BertConfig {
  return BertConfigSchema.parse({
    vocab: 30522,
    context: 512,
    ...shape,
    feedForward: 4 * shape.width,
    embeddingDropout: 0.1,
    attentionDropout: 0.1,
    residualDropout: 0.1,
    ...more,
  });
}

/**
 * Encoders by name, with the vocabulary of the published uncased checkpoints; a new model takes its tokenizer's.
 * bert-base and bert-large: Devlin et al. 2018; the smaller ones: Turc et al. 2019; roberta-base: Liu et al. 2019;
 * distilbert-base: Sanh et al. 2019.
 */
export const ENCODER_PRESETS = {
  'bert-tiny': bert({ layers: 2, width: 128, heads: 2 }),
  'bert-mini': bert({ layers: 4, width: 256, heads: 4 }),
  'bert-small': bert({ layers: 4, width: 512, heads: 8 }),
  'bert-medium': bert({ layers: 8, width: 512, heads: 8 }),
  'bert-base': bert({ layers: 12, width: 768, heads: 12 }),
  'bert-large': bert({ layers: 24, width: 1024, heads: 16 }),
  'roberta-base': bert(
    { layers: 12, width: 768, heads: 12 },
    { layout: 'roberta', vocab: 50265, segments: 1, normEpsilon: 1e-5, padId: 1 },
  ),
  'distilbert-base': bert(
    { layers: 6, width: 768, heads: 12 },
    { layout: 'distilbert', segments: 1, pooler: false },
  ),
} as const satisfies Record<string, BertConfig>;
