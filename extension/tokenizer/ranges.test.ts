import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { afterEdits, beginning, type Edit } from './ranges.ts';

describe('a range after edits', () => {
  const range = { from: 10, to: 20 };
  const after = (...edits: [offset: number, length: number, inserted: number][]): [number, number] => {
    const { from, to } = afterEdits(
      range,
      edits.map(([offset, length, inserted]): Edit => ({ offset, length, inserted })),
    );
    return [from, to];
  };

  it('moves with edits before it and stays for edits after it', () => {
    assert.deepEqual(after([2, 3, 5]), [12, 22]);
    assert.deepEqual(after([21, 3, 5]), [10, 20]);
    assert.deepEqual(after([5, 5, 0]), [5, 15]);
  });

  it('grows and shrinks with edits in it, and with what is typed at its ends', () => {
    assert.deepEqual(after([12, 3, 5]), [10, 22]);
    assert.deepEqual(after([20, 0, 4]), [10, 24]);
    assert.deepEqual(after([10, 0, 4]), [10, 24]);
  });

  it('loses what is replaced over its ends', () => {
    assert.deepEqual(after([5, 10, 2]), [5, 12]);
    assert.deepEqual(after([15, 10, 2]), [10, 17]);
    assert.deepEqual(after([0, 30, 1]), [0, 1]);
  });

  it('takes several edits that were made at once', () => {
    assert.deepEqual(after([0, 0, 1], [12, 1, 0], [25, 1, 3]), [11, 20]);
    assert.deepEqual(after([8, 0, 5], [12, 1, 0]), [15, 24]);
    assert.deepEqual(after([12, 1, 0], [8, 0, 5]), [15, 24]);
  });
});

describe('the beginning of a text', () => {
  it('splits no character', () => {
    assert.equal(beginning('ab😀', 3), 'ab');
    assert.equal(beginning('ab😀', 4), 'ab😀');
    assert.equal(beginning('abcd', 3), 'abc');
  });
});
