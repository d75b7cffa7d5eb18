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
      new Side(split.test, wanted(total, test)),
      new Side(split.validation, wanted(total, validation)),
    ];
    split.train.push(...share(groups, total, sides).flat());
  }
  for (const side of [split.train, split.validation, split.test]) side.sort((a, b) => a - b);
  return split;
}

function wanted(total: number, share: number): number {
  return share === 0 ? 0 : Math.max(1, Math.round(total * share));
}

/** One side's part of a label. */
class Side {
  readonly #members: number[];
  /** Examples that it still wants. */
  #wanted: number;
  #isEmpty = true;

  constructor(members: number[], wanted: number) {
    this.#members = members;
    this.#wanted = wanted;
  }

  get hasNone(): boolean {
    return this.#isEmpty && this.#wanted > 0;
  }

  hasRoomFor(group: readonly number[]): boolean {
    return this.#wanted >= group.length;
  }

  take(group: readonly number[]): void {
    this.#members.push(...group);
    this.#wanted -= group.length;
    this.#isEmpty = false;
  }
}

/** Gives the groups of a label to the first side with room for each; what is left, never nothing, is to train on. */
function share(groups: readonly number[][], total: number, sides: readonly Side[]): number[][] {
  const rest: number[][] = [];
  let left = total;
  for (const group of groups) {
    const taker = left > group.length ? sides.find((side) => side.hasRoomFor(group)) : undefined;
    if (taker === undefined) {
      rest.push(group);
      continue;
    }
    taker.take(group);
    left -= group.length;
  }
  // a side for which every group is too large has the smallest
  for (const side of sides) if (side.hasNone && rest.length > 1) side.take(takeSmallest(rest));
  return rest;
}

function takeSmallest(groups: number[][]): number[] {
  const smallest = groups.reduce((least, { length }, i) => (length < groups[least]!.length ? i : least), 0);
  return groups.splice(smallest, 1)[0]!;
}

/**
 * For each label the indices of its examples, those of the same content together, in the order of the draw. Content with
 * several labels counts for that of its first example.
 */
function groupsByLabel(items: readonly SplitItem[], seed: number): number[][][] {
  const byLabel = new Map<string, Map<string, number[]>>();
  const byKey = new Map<string, number[]>();
  for (const [index, { key, label }] of items.entries()) {
    const group = byKey.get(key);
    if (group !== undefined) {
      group.push(index);
      continue;
    }
    const first = [index];
    byKey.set(key, first);
    byLabel.set(label, (byLabel.get(label) ?? new Map<string, number[]>()).set(key, first));
  }
  const labels = [...byLabel.keys()].sort();
  return labels.map((label) =>
    [...byLabel.get(label)!]
      .map(([key, indices]) => ({ place: new Random(seed, `labelled/${key}`).uniform(), key, indices }))
      .sort((a, b) => a.place - b.place || (a.key < b.key ? -1 : 1))
      .map(({ indices }) => indices),
  );
}
