/** The parameters of encoders under the names of Hugging Face. */
import type { BertConfig } from './bert-config.ts';
import { layerModules, linear, type ModulePath, type Parameter, withBias } from './parameter.ts';

/** Names of the head for masked tokens; its decoder is the token embedding, with a bias of its own. */
export const MLM_NAMES = {
  bert: {
    dense: 'cls.predictions.transform.dense',
    norm: 'cls.predictions.transform.LayerNorm',
    bias: 'cls.predictions.bias',
  },
  roberta: { dense: 'lm_head.dense', norm: 'lm_head.layer_norm', bias: 'lm_head.bias' },
} as const;

export const NSP_NAME = 'cls.seq_relationship';
export const SPAN_NAME = 'qa_outputs';

/** Rows of the table of positions before the first real one: RoBERTa counts from padId + 1, and has padding at padId. */
export function firstPosition({ layout, padId }: Pick<BertConfig, 'layout' | 'padId'>): number {
  return layout === 'roberta' ? padId + 1 : 0;
}

/** Rows of the tables that look-ups of padding take and do not train, as torch.nn.Embedding's `padding_idx`. */
export function paddingRows(config: BertConfig): ReadonlyMap<string, number> {
  const table = (kind: string): string => `${config.layout}.embeddings.${kind}_embeddings.weight`;
  const words: [string, number] = [table('word'), config.padId];
  return new Map(config.layout === 'roberta' ? [words, [table('position'), config.padId]] : [words]);
}

/** Every parameter, in the order of the computation. Linear weights are [out, in]. */
export function encoderParameters(config: BertConfig): Parameter[] {
  const { layout, layers, width, pooler, normPlacement } = config;
  return [
    ...embeddings(config),
    ...Array.from({ length: layers }, (_, index) => layer(config, index)).flat(),
    ...(normPlacement === 'pre' ? norm(`${layout}.encoder.LayerNorm`, width, ['final norm']) : []),
    ...(pooler ? linear(`${layout}.pooler.dense`, width, width, true, ['pooler']) : []),
    ...heads(config),
  ];
}

function embeddings(config: BertConfig): Parameter[] {
  const { layout, vocab, context, segments, width } = config;
  const table = (kind: string, module: string, rows: number): Parameter => ({
    name: `${layout}.embeddings.${kind}_embeddings.weight`,
    shape: [rows, width],
    module: ['embeddings', module],
  });
  return [
    table('word', 'tokens', vocab),
    table('position', 'positions', context + firstPosition(config)),
    table('token_type', 'segments', segments),
    ...norm(`${layout}.embeddings.LayerNorm`, width, ['embeddings', 'norm']),
  ];
}

function layer({ layout, width, feedForward }: BertConfig, index: number): Parameter[] {
  const name = `${layout}.encoder.layer.${index}`;
  const [attention, mlp, norms] = layerModules(index);
  return [
    ...linear(`${name}.attention.self.query`, width, width, true, attention),
    ...linear(`${name}.attention.self.key`, width, width, true, attention),
    ...linear(`${name}.attention.self.value`, width, width, true, attention),
    ...linear(`${name}.attention.output.dense`, width, width, true, attention),
    ...norm(`${name}.attention.output.LayerNorm`, width, norms),
    ...linear(`${name}.intermediate.dense`, width, feedForward, true, mlp),
    ...linear(`${name}.output.dense`, feedForward, width, true, mlp),
    ...norm(`${name}.output.LayerNorm`, width, norms),
  ];
}

function heads(config: BertConfig): Parameter[] {
  const { layout, width, head, labels } = config;
  switch (head) {
    case 'none':
      return [];
    case 'mlm':
      return maskedHead(config);
    case 'mlm+nsp':
      return [...maskedHead(config), ...linear(NSP_NAME, width, 2, true, ['nsp head'])];
    case 'answer':
      return linear(SPAN_NAME, width, 2, true, ['span head']);
    case 'tag':
      return linear('classifier', width, labels.length, true, ['tag head']);
    case 'classify': {
      const module = ['class head'];
      if (layout === 'bert') return linear('classifier', width, labels.length, true, module);
      return [
        ...linear('classifier.dense', width, width, true, module),
        ...linear('classifier.out_proj', width, labels.length, true, module),
      ];
    }
  }
}

function maskedHead({ layout, width, vocab }: BertConfig): Parameter[] {
  const names = MLM_NAMES[layout];
  const module = ['mlm head'];
  return [
    ...linear(names.dense, width, width, true, module),
    ...norm(names.norm, width, module),
    { name: names.bias, shape: [vocab], module },
  ];
}

function norm(name: string, width: number, module: ModulePath): Parameter[] {
  return withBias(name, [width], width, true, module);
}
