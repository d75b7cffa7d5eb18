import { range } from '../test-support.ts';
import type { MaskVocabulary } from './mask-vocabulary.ts';

/** Ids 0 to 4 are [PAD] [UNK] [CLS] [SEP] [MASK], as in BERT's order; all others are ordinary. */
export function testVocabulary(size: number): MaskVocabulary {
  return {
    frame: 'bert',
    pad: 0,
    unk: 1,
    cls: 2,
    sep: 3,
    mask: 4,
    special: new Set([0, 1, 2, 3, 4]),
    ordinary: Int32Array.from(range(5, size - 5)),
  };
}

/** Pearson's statistic of counts against the shares that they should have. */
export function chiSquare(counts: readonly number[], shares: readonly number[]): number {
  const total = counts.reduce((a, b) => a + b, 0);
  return counts.reduce((sum, count, i) => sum + (count - total * shares[i]!) ** 2 / (total * shares[i]!), 0);
}
