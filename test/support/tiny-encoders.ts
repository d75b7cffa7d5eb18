/** Small encoders of several shapes, one for each head, with feeds that make everything in them matter. */
import type { Random } from '../../worker/base/random.ts';
import { type BertConfig, BertConfigSchema, checkBertConfig } from '../../worker/models/config.ts';

/** Sequences. */
export const B = 4;
/** Tokens of each, padding among them. */
export const T = 11;
/** Positions that may be masked. */
export const P = 9;
/** Tokens of each sequence; the rest is padding. */
const LENGTHS = [11, 7, 10, 3];

const tiny = { vocab: 53, context: 16, layers: 2, width: 24, heads: 4, feedForward: 48, pooler: false };
const roberta = { ...tiny, layout: 'roberta', segments: 1, normEpsilon: 1e-5, padId: 1 };
const distilbert = { ...tiny, layout: 'distilbert', segments: 1 };
const labels = ['a', 'b', 'c'];

export interface TinyEncoder {
  readonly config: BertConfig;
  readonly classWeights?: readonly number[];
}

function model(fields: object, more: Omit<TinyEncoder, 'config'> = {}): TinyEncoder {
  return { config: checkBertConfig(BertConfigSchema.parse(fields)), ...more };
}

export const TINY_ENCODERS: Readonly<Record<string, TinyEncoder>> = {
  'BERT-shaped, masked tokens and next sentences': model({ ...tiny, pooler: true, head: 'mlm+nsp' }),
  'BERT-shaped, Pre-LN, masked tokens and next sentences': model({
    ...tiny,
    normPlacement: 'pre',
    pooler: true,
    head: 'mlm+nsp',
  }),
  'RoBERTa-shaped, masked tokens': model({ ...roberta, head: 'mlm' }),
  'RoBERTa-shaped, Pre-LN, tanh-GELU, masked tokens': model({
    ...roberta,
    normPlacement: 'pre',
    activation: 'gelu_tanh',
    head: 'mlm',
  }),
  'BERT-shaped, three segments, classes of texts': model({
    ...tiny,
    segments: 3,
    pooler: true,
    head: 'classify',
    labels,
  }),
  'RoBERTa-shaped, weighted classes of texts': model(
    { ...roberta, head: 'classify', labels },
    { classWeights: [0.5, 2, 1.25] },
  ),
  'BERT-shaped, Pre-LN, weighted classes of tokens': model(
    { ...tiny, normPlacement: 'pre', head: 'tag', labels },
    { classWeights: [3, 0.25, 1] },
  ),
  'DistilBERT-shaped, masked tokens': model({ ...distilbert, head: 'mlm' }),
  'DistilBERT-shaped, Pre-LN, weighted classes of texts': model(
    { ...distilbert, normPlacement: 'pre', head: 'classify', labels },
    { classWeights: [0.5, 2, 1.25] },
  ),
  'BERT-shaped, spans, one of them cut off': model({ ...tiny, head: 'answer' }),
};

/** Random feeds of a head; a few rows and tokens do not count. */
export function randomFeeds(
  { vocab, padId, segments, head }: BertConfig,
  random: Random,
): Record<string, Int32Array> {
  const mask = Int32Array.from({ length: B * T }, (_, i) => Number(i % T < LENGTHS[Math.floor(i / T)]!));
  const draw = (size: number, n: number): Int32Array =>
    Int32Array.from({ length: size }, () => random.integer(n));
  const real = (i: number): number => i * T + random.integer(LENGTHS[i]!);
  const text = {
    ids: mask.map((counts) => (counts === 1 ? padId + 1 + random.integer(vocab - padId - 1) : padId)),
    mask,
    ...(segments > 1 ? { segments: draw(B * T, segments) } : {}),
  };
  const masked = {
    positions: Int32Array.from({ length: P }, (_, i) => (i < 7 ? real(i % B) : 0)),
    targets: Int32Array.from({ length: P }, (_, i) => (i < 7 ? random.integer(vocab) : -1)),
  };
  switch (head) {
    case 'mlm':
      return { ...text, ...masked };
    case 'mlm+nsp':
      return { ...text, ...masked, nextSentence: Int32Array.of(1, 0, -1, 1) };
    case 'classify':
      return { ...text, labels: Int32Array.of(2, 0, 1, -1) };
    case 'tag':
      return {
        ...text,
        labels: mask.map((counts, i) => (counts === 1 && i % 5 !== 3 ? random.integer(3) : -1)),
      };
    case 'answer':
      return { ...text, starts: Int32Array.of(3, 0, 4, 1), ends: Int32Array.of(5, 0, T + 2, 2) };
    case 'none':
      return text;
  }
}
