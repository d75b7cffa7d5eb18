import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClozeError } from '../base/errors.ts';
import type { Batch, BatchOptions } from './batches.ts';
import { BatchSource } from './batches.ts';
import { evaluationBatches } from './evaluation.ts';
import { permute } from './permutation.ts';
import { range, sequenceOf } from './test-support.ts';

const tokens = sequenceOf([range(0, 1000)]);

function assertShifted({ inputs, targets }: Batch, context: number): void {
  for (let i = 0; i < inputs.length; i++) {
    assert.equal(targets[i], inputs[i]! + 1);
    if (i % context > 0) assert.equal(inputs[i], targets[i - 1]);
  }
}

describe('BatchSource', () => {
  for (const order of ['random', 'packed'] as const) {
    const options: BatchOptions = { batch: 4, context: 16, seed: 5, order };

    it(`${order}: targets follow inputs, and any step can be had alone`, () => {
      const run = new BatchSource(tokens, options);
      const batches = range(0, 50).map((step) => run.at(step));
      for (const batch of batches) assertShifted(batch, 16);
      const resumed = new BatchSource(tokens, options);
      for (const step of [30, 49, 7]) assert.deepEqual(resumed.at(step), batches[step]);
      assert.notDeepEqual(batches[0], batches[1]);
      assert.notDeepEqual(new BatchSource(tokens, { ...options, seed: 6 }).at(0), batches[0]);
    });
  }

  it('random: windows begin everywhere, evenly', () => {
    const source = new BatchSource(sequenceOf([range(0, 42)]), { batch: 4, context: 10, seed: 1 });
    const counts = new Int32Array(32); // starts 0..31
    for (let step = 0; step < 4000; step++) {
      const { inputs } = source.at(step);
      for (let row = 0; row < 4; row++) counts[inputs[row * 10]!]!++;
    }
    const chiSquare = counts.reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0);
    assert.ok(chiSquare < 62, `${chiSquare} with 31 degrees of freedom`); // p = 0.001
  });

  it('packed: an epoch takes each window once, in an order and at a shift of its own', () => {
    const source = new BatchSource(tokens, { batch: 1, context: 16, seed: 2, order: 'packed' });
    const windows = Math.floor(999 / 16);
    const epochs = [0, 1, 2].map((epoch) =>
      range(epoch * windows, windows).map((step) => source.at(step).inputs[0]!),
    );
    for (const starts of epochs) {
      const sorted = starts.toSorted((a, b) => a - b);
      assert.deepEqual(
        sorted,
        range(0, windows).map((i) => sorted[0]! + 16 * i),
      );
      assert.notDeepEqual(starts, sorted);
    }
    assert.notDeepEqual(epochs[0], epochs[1]);
    assert.ok(new Set(epochs.map((starts) => Math.min(...starts))).size > 1);
  });

  it('takes exactly one batch, and says what is missing below it', () => {
    const options = { batch: 4, context: 16, seed: 1 };
    assertShifted(new BatchSource(sequenceOf([range(0, 65)]), options).at(3), 16);
    assert.throws(
      () => new BatchSource(sequenceOf([range(0, 64)]), options),
      (error) =>
        error instanceof ClozeError &&
        error.code === 'data' &&
        error.hint === 'take a shorter context, a smaller batch or more data' &&
        error.message.includes('has 64 tokens, and one batch needs 65 (batch 4 x context 16 + 1)'),
    );
  });
});

describe('permute', () => {
  it('is a permutation of 0..n-1, another for another key', () => {
    for (const n of [1, 2, 3, 5, 64, 100, 1025]) {
      const order = range(0, n).map((i) => permute(i, n, 99));
      assert.deepEqual(
        order.toSorted((a, b) => a - b),
        range(0, n),
      );
    }
    const orders = new Set(
      range(0, 200).map((key) =>
        range(0, 4)
          .map((i) => permute(i, 4, key * 7919))
          .join(),
      ),
    );
    assert.ok(orders.size > 8);
    for (const index of [0, 1, 123_456_789]) assert.ok(permute(index, 4_000_000_000, 1) < 4_000_000_000);
  });

  it('leaves no place preferred', () => {
    const counts = new Int32Array(10);
    for (let key = 0; key < 10_000; key++) counts[permute(3, 10, key)]!++;
    const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    assert.ok(chiSquare < 30, `${chiSquare} with 9 degrees of freedom`);
  });
});

describe('evaluationBatches', () => {
  it('counts each target once, in order, whatever the shapes', () => {
    for (const length of [2, 3, 16, 17, 18, 64, 65, 66, 999]) {
      for (const batch of [1, 3, 8]) {
        const sequence = sequenceOf([range(100, length)]);
        const targets: number[] = [];
        for (const step of evaluationBatches(sequence, { batch, context: 16 })) {
          assert.equal(step.inputs.length, batch * 16);
          for (const [i, target] of step.targets.entries()) {
            if (target < 0) continue;
            assert.equal(step.inputs[i], target - 1);
            targets.push(target);
          }
        }
        assert.deepEqual(targets, range(101, length - 1));
      }
    }
  });

  it('takes some batches, spread over the whole', () => {
    const some = [...evaluationBatches(tokens, { batch: 2, context: 10, batches: 5 })];
    assert.equal(some.length, 5);
    const starts = some.flatMap(({ inputs }) => [inputs[0], inputs[10]]);
    assert.deepEqual(
      starts,
      range(0, 10).map((i) => i * 100),
    );
    const all = [...evaluationBatches(tokens, { batch: 2, context: 10 })];
    assert.deepEqual([...evaluationBatches(tokens, { batch: 2, context: 10, batches: 1000 })], all);
  });

  it('leaves out the token that is put between texts, as a target only', () => {
    const sequence = sequenceOf([
      [7, 1, 2, 8],
      [7, 3, 8],
    ]);
    const [step] = evaluationBatches(sequence, { batch: 1, context: 8, uncounted: 7 });
    assert.deepEqual([...step!.inputs], [7, 1, 2, 8, 7, 3, 0, 0]);
    assert.deepEqual([...step!.targets], [1, 2, 8, -1, 3, 8, -1, -1]);
  });

  it('refuses a sequence with nothing to predict', () => {
    assert.throws(() => [...evaluationBatches(sequenceOf([[1]]), { batch: 1, context: 4 })], ClozeError);
  });
});
