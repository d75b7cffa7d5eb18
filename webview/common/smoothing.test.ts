import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { smoothed } from './smoothing.ts';

describe('smoothing', () => {
  it('leaves the values alone without a weight', () => {
    assert.deepEqual(smoothed([3, null, 1], 0), [3, null, 1]);
  });

  it('keeps a constant constant from the first value on', () => {
    for (const value of smoothed([2, 2, 2, 2], 0.9)) assert.ok(Math.abs(value! - 2) < 1e-12);
  });

  it('weighs by age, and skips gaps', () => {
    const [first, gap, second] = smoothed([1, null, 3], 0.5);
    assert.equal(first, 1);
    assert.equal(gap, null);
    // (0.25 * 1 + 0.5 * 3) / 0.75
    assert.ok(Math.abs(second! - 7 / 3) < 1e-12);
  });
});
