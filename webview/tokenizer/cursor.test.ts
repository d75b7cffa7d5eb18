import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { moved } from './cursor.ts';
import { layOut } from './layout.ts';
import { columnOf } from './test-support.ts';

describe('the cursor of a ribbon', () => {
  // rows: "ab cd\n" "  ef\n" "" with tokens numbered 0 to 5
  const column = columnOf('ab', ' cd', '\n ', ' ef', '\n');
  const rows = layOut([column], {
    width: 100,
    cell: 1,
    smallCell: 1,
    padding: 0,
    measure: () => 1,
    ids: false,
  });
  const press = (key: string, index: number, ctrlKey = false): number | undefined =>
    moved({ key, ctrlKey, metaKey: false }, index, column, rows, 10);

  it('moves along the text and stays in it', () => {
    assert.deepEqual([press('ArrowRight', 0), press('ArrowLeft', 1)], [1, 0]);
    assert.deepEqual([press('ArrowLeft', 0), press('ArrowRight', 4)], [0, 4]);
  });

  it('moves to the ends of the row and of the text', () => {
    assert.deepEqual([press('Home', 1), press('End', 0)], [0, 2]);
    assert.deepEqual([press('Home', 4), press('End', 3)], [3, 4]);
    assert.deepEqual([press('Home', 4, true), press('End', 0, true)], [0, 4]);
  });

  it('moves between rows and keeps its place in them', () => {
    assert.equal(press('ArrowDown', 1), 3);
    assert.equal(press('ArrowUp', 3), 0);
    assert.equal(press('ArrowUp', 0), 0);
    assert.equal(press('PageUp', 4), 1);
    assert.equal(press('PageDown', 0), 4);
  });

  it('leaves other keys alone', () => {
    assert.equal(press('x', 0), undefined);
    assert.equal(press('Tab', 0), undefined);
  });
});
