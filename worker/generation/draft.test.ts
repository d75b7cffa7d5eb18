import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { draft } from './draft.ts';

describe('draft', () => {
  it('is what followed the longest match, the latest one of equals', () => {
    assert.deepEqual(draft([1, 2, 3, 4, 5, 9, 1, 2, 3], 2), [4, 5]);
    assert.deepEqual(draft([1, 2, 7, 1, 2, 8, 1, 2], 3), [8, 1, 2]);
    assert.deepEqual(draft([5, 1, 2, 7, 9, 1, 2, 8, 5, 1, 2], 1), [7]);
    assert.deepEqual(draft([4, 4, 4, 4], 3), [4]);
  });

  it('is nothing without a match of two, or where nothing is asked for', () => {
    assert.deepEqual(draft([], 3), []);
    assert.deepEqual(draft([1, 2, 3, 2], 3), []);
    assert.deepEqual(draft([1, 2, 1, 2], 0), []);
  });
});
