import { ClozeError } from '../../base/errors.ts';
import { Random } from '../../base/random.ts';

/** Examples that go together, padded to `length` tokens. */
export interface Bucketed {
  /** T, one of the buckets. */
  readonly length: number;
  /** At most B numbers of examples. */
  readonly examples: Int32Array;
}

export interface BucketOptions {
  /** B, examples in a batch. */
  readonly batch: number;
  /** Lengths that batches may have, rising. */
  readonly buckets: readonly number[];
  readonly seed: number;
}

/**
 * The batches of an epoch, each of examples that fit one bucket and no smaller one, so that short texts do not pay
 * for long ones. Every example is in exactly one batch; a bucket's last batch may have fewer than B. Which are
 * together and in which order is a pure function of the arguments. Throws `data` for a length above the last bucket.
 */
export function bucketed(lengths: ArrayLike<number>, options: BucketOptions, epoch: number): Bucketed[] {
  const { batch, buckets, seed } = options;
  const batches = membersOf(lengths, buckets).flatMap((members, bucket) => {
    const order = new Random(seed, `buckets/${epoch}/${bucket}`).permutation(members.length);
    return Array.from({ length: Math.ceil(members.length / batch) }, (_, i) => ({
      length: buckets[bucket]!,
      examples: Int32Array.from(order.subarray(i * batch, (i + 1) * batch), (place) => members[place]!),
    }));
  });
  const order = new Random(seed, `buckets/${epoch}`).permutation(batches.length);
  return Array.from(order, (place) => batches[place]!);
}

/** Batches of all epochs by their number; the last epoch that was asked for is kept. */
export class BucketSource {
  readonly #lengths: ArrayLike<number>;
  readonly #options: BucketOptions;
  #epoch: { number: number; batches: Bucketed[] };

  /** Throws `data` as {@link bucketed}, or if there are no examples. */
  constructor(lengths: ArrayLike<number>, options: BucketOptions) {
    this.#lengths = lengths;
    this.#options = options;
    this.#epoch = { number: 0, batches: bucketed(lengths, options, 0) };
    if (this.batchesPerEpoch === 0) throw new ClozeError('data', 'there are no examples to train on');
  }

  /** The same in every epoch. */
  get batchesPerEpoch(): number {
    return this.#epoch.batches.length;
  }

  /** Batch `index`, from 0 on: a pure function of it. */
  at(index: number): Bucketed {
    const number = Math.floor(index / this.batchesPerEpoch);
    if (number !== this.#epoch.number) {
      this.#epoch = { number, batches: bucketed(this.#lengths, this.#options, number) };
    }
    return this.#epoch.batches[index % this.batchesPerEpoch]!;
  }
}

/** Lengths up to `longest` that part examples of these lengths: halves of it, from `shortest` on, that hold any. */
export function bucketsFor(lengths: ArrayLike<number>, longest: number, shortest = 16): number[] {
  const halves: number[] = [];
  for (let length = longest; length >= shortest; length = Math.floor(length / 2)) halves.unshift(length);
  const buckets = halves.length === 0 ? [longest] : halves;
  const members = membersOf(lengths, buckets);
  return buckets.filter((_, i) => members[i]!.length > 0);
}

function membersOf(lengths: ArrayLike<number>, buckets: readonly number[]): number[][] {
  const members: number[][] = buckets.map(() => []);
  for (let example = 0; example < lengths.length; example++) {
    const length = lengths[example]!;
    const bucket = buckets.findIndex((limit) => length <= limit);
    if (bucket < 0) {
      throw new ClozeError(
        'data',
        `expected at most ${buckets.at(-1)} tokens, got ${length} in example ${example}`,
      );
    }
    members[bucket]!.push(example);
  }
  return members;
}
