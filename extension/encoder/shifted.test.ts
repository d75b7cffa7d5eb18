import assert from 'node:assert/strict';
import { it } from 'node:test';
import { shifted } from './shifted.ts';

it('shifted: a part moves with what comes before it, and takes in what is written into it', () => {
  const part = { from: 10, to: 20 };
  const edit = (rangeOffset: number, rangeLength: number, text: string): [number, number] => {
    const { from, to } = shifted(part, { rangeOffset, rangeLength, text });
    return [from, to];
  };
  assert.deepEqual(edit(0, 2, 'abcd'), [12, 22]);
  assert.deepEqual(edit(21, 3, ''), [10, 20]);
  assert.deepEqual(edit(12, 3, 'x'), [10, 18]);
  assert.deepEqual(edit(20, 0, 'xy'), [10, 22]);
  assert.deepEqual(edit(8, 4, ''), [8, 16]);
  assert.deepEqual(edit(5, 30, 'x'), [5, 6]);
});
