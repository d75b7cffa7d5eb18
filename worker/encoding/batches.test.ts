import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Random } from '../base/random.ts';
import { encoderBatches, FULL_BATCH, programLength } from './batches.ts';

describe('encoderBatches', () => {
  const random = new Random(1, 'lengths');
  const lengths = Array.from({ length: 67 }, () => 1 + random.integer(200));

  it('have each sequence once, in a program that holds it', () => {
    const batches = encoderBatches(lengths, 512);
    const rows = batches.flatMap((batch) => batch.rows).sort((a, b) => a - b);
    assert.deepEqual(rows, [...lengths.keys()]);
    for (const { batch, length, rows: own } of batches) {
      assert.equal(own.length, batch);
      for (const row of own) assert.ok(lengths[row]! <= length);
    }
    assert.ok(batches.some(({ batch }) => batch === FULL_BATCH));
  });

  it('run texts of like length together, and one that is much longer alone', () => {
    const sizes = (...all: number[]): string[] =>
      encoderBatches(all, 512).map(({ batch, length }) => `${batch}x${length}`);
    assert.deepEqual(sizes(9, 10, 11, 12, 13, 14, 15, 16), ['8x16']);
    assert.deepEqual(sizes(9, 10, 11, 12, 500, 13, 14, 15, 16), ['1x512', '8x16']);
    assert.deepEqual(sizes(60, 5, 20), ['1x64', '1x24', '1x8']);
  });

  it('let short sequences pay little for long ones', () => {
    const tokens = lengths.reduce((a, b) => a + b, 0);
    const computed = encoderBatches(lengths, 512).reduce((sum, { batch, length }) => sum + batch * length, 0);
    assert.ok(computed < 1.15 * tokens, `${computed} for ${tokens}`);
  });

  it('are no longer than the model sees, unless a sequence is', () => {
    assert.deepEqual(
      [1, 16, 17, 100, 300].map((tokens) => programLength(tokens, 512)),
      [8, 16, 24, 112, 320],
    );
    assert.equal(programLength(20, 24), 24);
    assert.equal(programLength(600, 512), 600);
    assert.deepEqual(encoderBatches([], 512), []);
  });
});
