import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { offsetAt } from './place.ts';

describe('offsetAt', () => {
  it('counts lines and columns from 1', () => {
    const text = 'ab\r\ncd\n';
    assert.deepEqual(
      [
        [1, 1],
        [1, 3],
        [2, 1],
        [3, 1],
      ].map(([line, column]) => offsetAt(text, line!, column!)),
      [0, 2, 4, 7],
    );
  });

  it('refuses places outside the text', () => {
    for (const [line, column] of [
      [0, 1],
      [4, 1],
      [1, 4],
      [2, 0],
    ]) {
      assert.throws(() => offsetAt('ab\r\ncd\n', line!, column!), { code: 'usage' });
    }
  });
});
