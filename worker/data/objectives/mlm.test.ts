import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClozeError } from '../../base/errors.ts';
import { range, sequenceOf } from '../test-support.ts';
import type { MaskedBatch, ObjectiveOptions } from './masked-batch.ts';
import { targetRows } from './masked-batch.ts';
import { MASKING } from './masking.ts';
import { mlmEvaluation, MlmSource } from './mlm.ts';
import { separated } from './separated.ts';
import { testVocabulary } from './test-support.ts';

const vocabulary = testVocabulary(2000);
const tokens = sequenceOf([range(10, 300), [], range(310, 1), range(311, 699)]);
const options: ObjectiveOptions = {
  batch: 4,
  context: 18,
  seed: 5,
  vocabulary,
  masking: { rate: 0.15, dynamic: true },
};

/** The rows of a batch as they were before masking, without padding. */
function originals({ feeds }: MaskedBatch, context: number): number[][] {
  const ids = feeds.ids.slice();
  for (const [i, target] of feeds.targets.entries()) if (target >= 0) ids[feeds.positions[i]!] = target;
  return range(0, ids.length / context).map((row) =>
    [...ids.subarray(row * context, (row + 1) * context)].filter(
      (_, t) => feeds.mask[row * context + t] === 1,
    ),
  );
}

describe('separated', () => {
  it('puts a separator between documents, and none around what is empty', () => {
    const stream = separated(sequenceOf([[1, 2], [], [3], [4, 5, 6], []]), 9);
    const whole = [1, 2, 9, 3, 9, 4, 5, 6];
    assert.equal(stream.length, whole.length);
    for (let start = 0; start < whole.length; start++) {
      for (let count = 0; start + count <= whole.length; count++) {
        assert.deepEqual([...stream.read(start, count)], whole.slice(start, start + count));
      }
    }
  });

  it('leaves a sequence with separators as it is', () => {
    const stream = separated(
      sequenceOf(
        [
          [1, 7],
          [2, 7],
        ],
        7,
      ),
      9,
    );
    assert.deepEqual([...stream.read(0, 4)], [1, 7, 2, 7]);
    assert.equal(separated(sequenceOf([]), 9).length, 0);
  });
});

describe('MlmSource', () => {
  it('frames windows of the stream, whose masked places have their targets', () => {
    const source = new MlmSource(tokens, options);
    const stream = [...range(10, 300), vocabulary.sep, 310, vocabulary.sep, ...range(311, 699)];
    for (const step of range(0, 40)) {
      const batch = source.at(step);
      assert.deepEqual(
        Object.values(batch.feeds).map(({ length }) => length),
        [72, 72, 72, targetRows(options), targetRows(options)],
      );
      assert.equal(
        batch.feeds.segments.every((segment) => segment === 0),
        true,
      );
      for (const [row, ids] of originals(batch, 18).entries()) {
        assert.equal(ids.length, 18);
        assert.deepEqual([ids[0], ids.at(-1)], [vocabulary.cls, vocabulary.sep]);
        const at = stream.indexOf(ids.find((id) => id >= 10)!) - ids.slice(1).findIndex((id) => id >= 10);
        assert.deepEqual(ids.slice(1, -1), stream.slice(at, at + 16), `row ${row} of step ${step}`);
      }
    }
  });

  it('uses as many rows as there are chosen places, never special tokens', () => {
    const source = new MlmSource(tokens, options);
    for (const step of range(0, 200)) {
      const { feeds, marks } = source.at(step);
      const used = feeds.targets.filter((target) => target !== -1);
      assert.equal(
        used.every((target) => !vocabulary.special.has(target)),
        true,
      );
      assert.equal(used.length, marks.filter((mark) => mark !== MASKING.kept).length);
      assert.equal(feeds.targets.subarray(0, used.length).indexOf(-1), -1);
      for (const [i, at] of feeds.positions.subarray(0, used.length).entries()) {
        assert.notEqual(marks[at], MASKING.kept);
        if (i > 0) assert.equal(at > feeds.positions[i - 1]!, true);
      }
    }
  });

  it('is a pure function of its step, and another for another seed', () => {
    const source = new MlmSource(tokens, options);
    const batches = range(0, 40).map((step) => source.at(step));
    const resumed = new MlmSource(tokens, options);
    for (const step of [30, 39, 2]) assert.deepEqual(resumed.at(step), batches[step]);
    assert.notDeepEqual(batches[0], new MlmSource(tokens, { ...options, seed: 6 }).at(0));
  });

  it('takes each window once an epoch', () => {
    const source = new MlmSource(tokens, { ...options, batch: 1 });
    const epochs = [0, 1].map((epoch) =>
      range(epoch * source.windows, source.windows).map((step) => originals(source.at(step), 18)[0]!),
    );
    for (const windows of epochs) {
      const ids = windows.flat().filter((id) => id >= 10);
      assert.equal(new Set(ids).size, ids.length);
      assert.equal(ids.length > 980, true);
    }
    assert.notDeepEqual(epochs[0], epochs[1]);
  });

  it('shifts its windows each epoch when dynamic, and never when static', () => {
    const starts = (dynamic: boolean): Set<number> => {
      const whole = sequenceOf([range(10, 1000)]); // 62 windows, and 8 tokens to shift them by
      const source = new MlmSource(whole, { ...options, batch: 1, masking: { rate: 0.15, dynamic } });
      const first = (epoch: number): number =>
        Math.min(
          ...range(epoch * source.windows, source.windows).map(
            (step) => originals(source.at(step), 18)[0]![1]!,
          ),
        );
      return new Set(range(0, 6).map(first));
    };
    assert.equal(starts(true).size > 1, true);
    assert.equal(starts(false).size, 1);
  });

  it('has other masks each epoch when dynamic, and the same when static', () => {
    const single = sequenceOf([range(10, 32)]); // two windows, nothing to shift
    const epochs = (dynamic: boolean): MaskedBatch[][] => {
      const masking = { rate: 0.15, dynamic };
      const source = new MlmSource(single, { ...options, batch: 1, masking });
      const byStart = (a: MaskedBatch, b: MaskedBatch): number =>
        originals(a, 18)[0]![1]! - originals(b, 18)[0]![1]!;
      return range(0, 3).map((epoch) => [source.at(epoch * 2), source.at(epoch * 2 + 1)].sort(byStart));
    };
    const still = epochs(false);
    assert.deepEqual(still[1], still[0]);
    assert.deepEqual(still[2], still[0]);
    const moving = epochs(true);
    assert.notDeepEqual(moving[1], moving[0]);
    assert.notDeepEqual(moving[2], moving[1]);
    assert.deepEqual(
      moving[1]!.map((batch) => originals(batch, 18)),
      moving[0]!.map((batch) => originals(batch, 18)),
    );
  });

  it('pads data that is shorter than a window, and refuses none', () => {
    const { feeds } = new MlmSource(sequenceOf([range(10, 5)]), options).at(0);
    assert.deepEqual([...feeds.mask.subarray(0, 9)], [1, 1, 1, 1, 1, 1, 1, 0, 0]);
    assert.deepEqual([...feeds.ids.subarray(7, 18)], range(0, 11).fill(vocabulary.pad));
    assert.throws(() => new MlmSource(sequenceOf([[]]), options), ClozeError);
    assert.throws(() => new MlmSource(tokens, { ...options, context: 2 }), ClozeError);
  });
});

describe('mlmEvaluation', () => {
  it('takes all tokens once, in order, with masks that stay', () => {
    const batches = [...mlmEvaluation(tokens, options)];
    const rows = batches.flatMap((batch) => originals(batch, 18)).filter(({ length }) => length > 1);
    const ids = rows.flatMap((row) => row.slice(1, -1));
    assert.deepEqual(ids, [...range(10, 300), vocabulary.sep, 310, vocabulary.sep, ...range(311, 699)]);
    assert.deepEqual([...mlmEvaluation(tokens, options)], batches);
    const still = { ...options, masking: { rate: 0.15, dynamic: false } };
    assert.deepEqual([...mlmEvaluation(tokens, still)], batches);
  });

  it('has masks that training does not have', () => {
    const window = sequenceOf([range(10, 16)]);
    const trained = new MlmSource(window, { ...options, batch: 1 }).at(0);
    const [evaluated] = mlmEvaluation(window, { ...options, batch: 1 });
    assert.deepEqual(originals(evaluated!, 18), originals(trained, 18));
    assert.notDeepEqual(evaluated, trained);
  });

  it('takes some batches, spread over the whole, with the masks that they have in it', () => {
    const all = [...mlmEvaluation(tokens, { ...options, batch: 1 })];
    const some = [...mlmEvaluation(tokens, { ...options, batch: 1, batches: 4 })];
    assert.deepEqual(
      some,
      [0, 15, 31, 47].map((window) => all[window]),
    );
  });
});
