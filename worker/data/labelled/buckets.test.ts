import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClozeError } from '../../base/errors.ts';
import { Random } from '../../base/random.ts';
import { range } from '../test-support.ts';
import { bucketed, bucketsFor, BucketSource } from './buckets.ts';

const random = new Random(1, 'test');
const lengths = range(0, 301).map(() => 1 + random.integer(128));
const options = { batch: 8, buckets: [32, 64, 128], seed: 2 };

describe('bucketed', () => {
  it('takes each example once an epoch, in the smallest bucket that holds it', () => {
    for (const epoch of [0, 1, 7]) {
      const batches = bucketed(lengths, options, epoch);
      const examples = batches.flatMap((batch) => [...batch.examples]);
      assert.deepEqual(
        examples.toSorted((a, b) => a - b),
        range(0, 301),
      );
      for (const batch of batches) {
        assert.equal(batch.examples.length >= 1 && batch.examples.length <= 8, true);
        for (const example of batch.examples) {
          const fits = options.buckets.find((limit) => lengths[example]! <= limit);
          assert.equal(fits, batch.length);
        }
      }
      assert.equal(batches.filter((batch) => batch.examples.length < 8).length <= 3, true);
    }
  });

  it('mixes examples and batches anew each epoch, the same for a seed', () => {
    assert.deepEqual(bucketed(lengths, options, 1), bucketed(lengths, options, 1));
    assert.notDeepEqual(bucketed(lengths, options, 1), bucketed(lengths, options, 0));
    assert.notDeepEqual(bucketed(lengths, { ...options, seed: 3 }, 0), bucketed(lengths, options, 0));
    const order = bucketed(lengths, options, 0).map(({ length }) => length);
    assert.notDeepEqual(
      order,
      order.toSorted((a, b) => a - b),
    );
  });

  it('refuses what no bucket holds', () => {
    assert.throws(
      () => bucketed([3, 129], options, 0),
      (error) =>
        error instanceof ClozeError && error.message.includes('expected at most 128 tokens, got 129'),
    );
  });
});

describe('BucketSource', () => {
  it('is a pure function of the index over all epochs', () => {
    const source = new BucketSource(lengths, options);
    const all = [0, 1, 2].flatMap((epoch) => bucketed(lengths, options, epoch));
    assert.equal(source.batchesPerEpoch * 3, all.length);
    for (const index of [0, 110, 5, 60, 61]) assert.deepEqual(source.at(index), all[index]);
    assert.throws(() => new BucketSource([], options), ClozeError);
  });
});

describe('bucketsFor', () => {
  it('halves the longest, and drops lengths that hold nothing', () => {
    assert.deepEqual(bucketsFor([10, 17, 100, 128], 128), [16, 32, 128]);
    assert.deepEqual(bucketsFor([40], 200), [50]);
    assert.deepEqual(bucketsFor([5], 8), [8]);
  });
});
