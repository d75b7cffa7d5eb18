import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { layOut, type Metrics, rowOf } from './layout.ts';
import { columnOf } from './test-support.ts';

const metrics = (width: number, ids = false): Metrics => ({
  width,
  cell: 1,
  smallCell: 1,
  padding: 0,
  measure: (text) => text.length,
  ids,
});

/** The rows' texts. */
function rowsOf(columns: readonly ReturnType<typeof columnOf>[], width: number, ids = false): string[] {
  const rows = layOut(columns, metrics(width, ids));
  const { text } = columns[0]!;
  assert.equal(rows.starts.length, rows.count + 1);
  return Array.from({ length: rows.count }, (_, r) => text.slice(rows.starts[r], rows.starts[r + 1]));
}

describe('the layout of one column', () => {
  it('breaks after new lines, inside a token too, and shows an empty last line', () => {
    const column = columnOf('ab', '\n  ', 'c', '\n\n');
    assert.deepEqual(rowsOf([column], 100), ['ab\n', '  c\n', '\n', '']);
    assert.deepEqual([...layOut([column], metrics(100)).lines], [0, 1, 2, 3]);
  });

  it('breaks before the token that does not fit, and lets a wide one have its row', () => {
    assert.deepEqual(rowsOf([columnOf('abc', 'de', 'f', 'ghijkl', 'm')], 5), ['abcde', 'f', 'ghijkl', 'm']);
  });

  it('counts padding, ids, marks and wide characters', () => {
    const column = columnOf('a', 'b', 'c', 'd');
    const padded = layOut([column], { ...metrics(6), padding: 2 });
    assert.deepEqual([...padded.starts], [0, 2, 4]);
    assert.deepEqual(rowsOf([columnOf(...Array.from('abcdefghijklm'))], 5, true), [
      'abcde',
      'fghij',
      'kl',
      'm',
    ]);
    assert.deepEqual(rowsOf([columnOf('a', '\u200b', 'c')], 7), ['a\u200b', 'c']);
    assert.deepEqual(rowsOf([columnOf('a', '😀', 'c')], 2), ['a', '😀', 'c']);
  });

  it('keeps a character together that several tokens hold', () => {
    const column = columnOf('ab', ['😀', 2, 1, 1], 'c');
    assert.deepEqual(rowsOf([column], 21), ['ab', '😀c']);
    assert.deepEqual(rowsOf([column], 100), ['ab😀c']);
  });

  it('gives an empty text one row', () => {
    assert.deepEqual(rowsOf([columnOf()], 10), ['']);
  });

  it('finds the row of an offset', () => {
    const rows = layOut([columnOf('ab', '\n', 'cd', '\n')], metrics(10));
    assert.deepEqual(
      [0, 2, 3, 5, 6].map((offset) => rowOf(rows, offset)),
      [0, 0, 1, 1, 2],
    );
  });
});

describe('the layout of two columns', () => {
  it('breaks where both have a boundary, if one is near', () => {
    const columns = [columnOf('ab', 'cd', 'ef', 'gh'), columnOf('abcd', 'e', 'fgh')];
    assert.deepEqual(rowsOf(columns, 6), ['abcd', 'efgh']);
  });

  it('breaks where one has a boundary if they share none', () => {
    const columns = [columnOf('abcd', 'efgh', 'ij'), columnOf('ab', 'cdef', 'ghij')];
    assert.deepEqual(rowsOf(columns, 6).join(''), 'abcdefghij');
    for (const row of rowsOf(columns, 6)) assert.ok(row.length <= 6, row);
  });

  it('breaks lines alike', () => {
    const columns = [columnOf('a\n', 'b'), columnOf('a', '\nb')];
    assert.deepEqual(rowsOf(columns, 10), ['a\n', 'b']);
  });
});
