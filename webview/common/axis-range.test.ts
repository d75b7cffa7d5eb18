import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rangeOf } from './axis-range.ts';

const LINEAR = { log: false, ignoreOutliers: false };

describe('axis range', () => {
  it('holds all values with room around them', () => {
    const { min, max } = rangeOf([2, 4, 3], LINEAR);
    assert.ok(min < 2 && min > 1.5 && max > 4 && max < 4.5);
  });

  it('does not go below zero for values that do not', () => {
    assert.equal(rangeOf([0, 10], LINEAR).min, 0);
  });

  it('has a width for one value, and for none', () => {
    for (const values of [[], [5], [0], [-3]]) {
      const { min, max } = rangeOf(values, LINEAR);
      assert.ok(max > min, `${values.join()}: ${min} ${max}`);
    }
  });

  it('shows what differs by rounding alone as a flat line', () => {
    const { min, max } = rangeOf([5, 5 + 1e-14, 5 - 1e-14], LINEAR);
    assert.ok(max - min > 0.1, `${max - min}`);
  });

  it('leaves a spike out when asked to, but no value of a few', () => {
    const spiky = [...Array.from({ length: 400 }, (_, i) => 2 + (i % 10) / 10), 900];
    assert.ok(rangeOf(spiky, { log: false, ignoreOutliers: true }).max < 4);
    assert.ok(rangeOf(spiky, LINEAR).max > 900);
    assert.ok(rangeOf([1, 2, 900], { log: false, ignoreOutliers: true }).max > 900);
  });

  it('knows no zero on a logarithmic axis', () => {
    const { min, max } = rangeOf([0, 0.001, 1], { log: true, ignoreOutliers: false });
    assert.ok(min > 0 && min < 0.001 && max > 1);
    assert.ok(rangeOf([0], { log: true, ignoreOutliers: false }).min > 0);
  });
});
