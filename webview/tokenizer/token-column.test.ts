import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { columnOf } from './test-support.ts';

describe('a column of tokens', () => {
  const column = columnOf('ab', ['😀', 2, 1, 1], 'c', '\n\n');

  it('knows where tokens stand, those inside a character too', () => {
    const places = Array.from({ length: column.count }, (_, i) => [column.start(i), column.end(i)]);
    assert.deepEqual(places, [
      [0, 2],
      [2, 4],
      [2, 4],
      [2, 4],
      [4, 5],
      [5, 7],
    ]);
    assert.deepEqual(
      Array.from({ length: 6 }, (_, i) => column.isPartial(i)),
      [false, true, true, true, false, false],
    );
  });

  it('finds the token at an offset', () => {
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5, 6, 7].map((offset) => column.at(offset)),
      [0, 0, 1, 1, 4, 5, 5, 6],
    );
  });

  it('finds the tokens of a stretch', () => {
    assert.deepEqual(column.within(0, 7), { first: 0, last: 6 });
    assert.deepEqual(column.within(1, 2), { first: 0, last: 1 });
    assert.deepEqual(column.within(1, 3), { first: 0, last: 4 });
    assert.deepEqual(column.within(2, 4), { first: 1, last: 4 });
    assert.deepEqual(column.within(3, 3), { first: 1, last: 1 });
    assert.deepEqual(column.within(6, 7), { first: 5, last: 6 });
  });

  it('knows the word of a token', () => {
    assert.deepEqual(column.word(2), { first: 1, last: 3 });
    assert.deepEqual(column.word(0), { first: 0, last: 0 });
  });

  it('has the bytes of each token', () => {
    assert.deepEqual([...column.bytes(1)], [0xf0, 0x9f]);
    assert.deepEqual([...column.bytes(5)], [10, 10]);
  });
});
