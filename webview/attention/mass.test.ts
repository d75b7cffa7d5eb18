import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { largest, largestByMass, withoutColumns } from './mass.ts';

/** Eighths, which float32 holds as they are. */
const eighths = (...values: number[]): Float32Array => Float32Array.from(values, (value) => value / 8);

describe('the weights that are shown', () => {
  it('are the largest of each row that hold the share', () => {
    const weights = eighths(1, 4, 3, 0, 8, 0, 2, 3, 3);
    const shown = (share: number): number[] =>
      [...largestByMass(weights, 3, share)].map((value) => value * 8);
    assert.deepEqual(shown(0.5), [0, 4, 0, 0, 8, 0, 0, 3, 3]);
    assert.deepEqual(shown(0.6), [0, 4, 3, 0, 8, 0, 0, 3, 3]);
    assert.deepEqual(shown(0.9), [1, 4, 3, 0, 8, 0, 2, 3, 3]);
    assert.deepEqual(shown(0), [0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert.equal(largestByMass(weights, 3, 1), weights);
  });

  it('are as few as that takes, of equal ones the first', () => {
    assert.deepEqual(largestByMass(eighths(2, 2, 2, 2), 4, 0.5), eighths(2, 2, 0, 0));
    assert.deepEqual(largestByMass(eighths(0, 0), 2, 0.5), eighths(0, 0));
  });

  it('leave columns out', () => {
    assert.deepEqual(withoutColumns(eighths(1, 2, 3, 4), 2, [0]), eighths(0, 2, 0, 4));
    assert.equal(largest(eighths(1, 5, 2)), 5 / 8);
    assert.equal(largest(new Float32Array(0)), 0);
  });

  it('are found in a map of 512 tokens before an eye could see it', () => {
    const weights = Float32Array.from({ length: 512 * 512 }, (_, i) => ((i * 2654435761) % 1000) / 1000);
    const began = performance.now();
    largestByMass(weights, 512, 0.9);
    const took = performance.now() - began;
    assert.ok(took < 500, `${took.toFixed(0)} ms`); // about 30 on an idle machine
  });
});
