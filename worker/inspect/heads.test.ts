import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { averageHeads, headEntropies, rowEntropies, smallHeads } from './heads.ts';

/** Two heads over two tokens: one looks at itself, one at all it may see. */
const weights = Float32Array.from([1, 0, 0, 1, 1, 0, 0.5, 0.5]);

describe('heads', () => {
  it('are averaged', () => {
    assert.deepEqual([...averageHeads(weights, 2, [0])], [1, 0, 0, 1]);
    assert.deepEqual([...averageHeads(weights, 2, [1, 0])], [1, 0, 0.25, 0.75]);
    assert.deepEqual([...averageHeads(weights, 2, [])], [0, 0, 0, 0]);
  });

  it('have the entropy of their rows in bits', () => {
    assert.deepEqual([...rowEntropies(weights.subarray(4), 2)], [0, 1]);
    assert.deepEqual([...headEntropies(weights, 2)], [0, 0.5]);
    const even = new Float32Array(64).fill(1 / 8);
    assert.deepEqual([...headEntropies(even, 8)], [3]);
  });

  it('are the same in small where they are no larger', () => {
    assert.deepEqual(smallHeads(weights, 2, 4), { side: 2, cells: weights });
  });

  it('keep their largest weights in small', () => {
    const line = new Float32Array(36);
    for (let i = 0; i < 6; i++) line[i * 6 + i] = 1;
    const { side, cells } = smallHeads(line, 6, 3);
    assert.equal(side, 3);
    assert.deepEqual([...cells], [1, 0, 0, 0, 1, 0, 0, 0, 1]);
  });
});
