import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { frameFor, movedCell, rectOf, targetAt } from './map-geometry.ts';

describe('a map', () => {
  const frame = frameFor(184, 300, 5); // five cells of 20 px, with names

  it('has names where its cells are large enough', () => {
    assert.deepEqual(frame, { left: 84, top: 84, side: 100, size: 5, named: true });
    assert.deepEqual(frameFor(184, 300, 50), { left: 12, top: 12, side: 172, size: 50, named: false });
    assert.equal(frameFor(50, 50, 5).named, false);
  });

  it('knows the cell under a pointer, or the name beside it', () => {
    assert.deepEqual(targetAt(frame, 84, 84), { row: 0, column: 0 });
    assert.deepEqual(targetAt(frame, 183.9, 104), { row: 1, column: 4 });
    assert.deepEqual(targetAt(frame, 10, 183), { row: 4 });
    assert.deepEqual(targetAt(frame, 130, 5), { column: 2 });
    for (const [x, y] of [
      [10, 10],
      [184, 100],
      [100, 184],
      [-1, 100],
    ] as const)
      assert.equal(targetAt(frame, x, y), undefined);
  });

  it('finds every cell again where it says it is', () => {
    for (let row = 0; row < 5; row++)
      for (let column = 0; column < 5; column++) {
        const rows = { first: row, last: row + 1 };
        const { x, y, width, height } = rectOf(frame, rows, { first: column, last: column + 1 });
        assert.deepEqual(targetAt(frame, x + width / 2, y + height / 2), { row, column });
      }
  });
});

describe('the cursor of a map', () => {
  const press = (key: string, row: number, column: number, ctrlKey = false) => {
    const cell = movedCell({ key, ctrlKey, metaKey: false }, { row, column }, 30);
    return cell === undefined ? undefined : [cell.row, cell.column];
  };

  it('moves by cells and stays in the map', () => {
    assert.deepEqual(press('ArrowRight', 3, 3), [3, 4]);
    assert.deepEqual(press('ArrowLeft', 3, 0), [3, 0]);
    assert.deepEqual(press('ArrowUp', 0, 3), [0, 3]);
    assert.deepEqual(press('ArrowDown', 29, 3), [29, 3]);
  });

  it('moves by pages, and to the ends of a row and of the map', () => {
    assert.deepEqual(
      [press('PageDown', 3, 3), press('PageUp', 3, 3)],
      [
        [13, 3],
        [0, 3],
      ],
    );
    assert.deepEqual(
      [press('Home', 3, 3), press('End', 3, 3)],
      [
        [3, 0],
        [3, 29],
      ],
    );
    assert.deepEqual(
      [press('Home', 3, 3, true), press('End', 3, 3, true)],
      [
        [0, 0],
        [29, 29],
      ],
    );
    assert.equal(press('a', 3, 3), undefined);
  });
});
