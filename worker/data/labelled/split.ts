import { Random } from '../../base/random.ts';
import { ClozeError } from '../../base/errors.ts';

/** What a split must know of an example. */
export interface SplitItem {
  /** The example's content: examples with the same stay together, so that none is tested on what it learnt. */
  readonly key: string;
  /** Each label keeps its share on every side. */
  readonly label: string;
}

export interface SplitShares {
  readonly seed: number;
  /** Share of the examples, from 0 up to but not with 1. */
  readonly validation: number;
  readonly test: number;
}

/** Indices of examples, rising. */
export interface ExampleSplit {
  readonly train: number[];
  readonly validation: number[];
  readonly test: number[];
}

/**
 * A stratified split. An example's place in the draw is a pure function of the seed and its content, so one more
 * example moves few others. A label gives at least one example to training, and one to each side that asks for a
 * share if it has enough. Throws `data` for shares that leave nothing to train on.
 */
export function stratifiedSplit(
  items: readonly SplitItem[],
  { seed, validation, test }: SplitShares,
): ExampleSplit {
  if (!(validation >= 0 && test >= 0 && validation + test < 1)) {
    throw new ClozeError(
      'data',
      `expected shares that leave some for training, got ${validation} and ${test}`,
    );
  }
  const split: ExampleSplit = { train: [], validation: [], test: [] };
  for (const groups of groupsByLabel(items, seed)) {
    const total = groups.reduce((sum, group) => sum + group.length, 0);
    const sides = [
      { side: split.test, wanted: wanted(total, test) },
      { side: split.validation, wanted: wanted(total, validation) },
    ];
    let left = total;
    for (const group of groups) {
      const taker = sides.find(({ wanted }) => wanted >= group.length && left > group.length);
      (taker?.side ?? split.train).push(...group);
      if (taker !== undefined) taker.wanted -= group.length;
      left -= taker === undefined ? 0 : group.length;
    }
  }
  for (const side of [split.train, split.validation, split.test]) side.sort((a, b) => a - b);
  return split;
}

function wanted(total: number, share: number): number {
  return share === 0 ? 0 : Math.max(1, Math.round(total * share));
}

/** For each label the indices of its examples, those of the same content together, in the order of the draw. */
function groupsByLabel(items: readonly SplitItem[], seed: number): number[][][] {
  const byLabel = new Map<string, Map<string, number[]>>();
  for (const [index, { key, label }] of items.entries()) {
    const groups = byLabel.get(label) ?? new Map<string, number[]>();
    byLabel.set(label, groups);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [index]);
    else group.push(index);
  }
  const labels = [...byLabel.keys()].sort();
  return labels.map((label) =>
    [...byLabel.get(label)!]
      .map(([key, indices]) => ({ place: new Random(seed, `labelled/${key}`).uniform(), key, indices }))
      .sort((a, b) => a.place - b.place || (a.key < b.key ? -1 : 1))
      .map(({ indices }) => indices),
  );
}
