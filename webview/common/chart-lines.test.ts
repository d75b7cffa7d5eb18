import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nearestIndex, ringIndices, tableRows, valueAt } from './chart-lines.ts';

const x = Array.from({ length: 1000 }, (_, i) => i);
const plain = { label: 'a', values: x, style: 0, look: 'plain' as const };
const marks = x.map((value) => (value % 300 === 7 ? value : null));
const marked = { label: 'b', values: marks, style: 0, look: 'marked' as const };

describe('chart lines', () => {
  it('makes a table of a few rows with the last one and every mark', () => {
    const rows = tableRows({ x, lines: [plain, marked] }, 100);
    assert.ok(rows.length <= 104);
    assert.deepEqual(rows.at(-1), { x: 999, values: [999, null] });
    assert.deepEqual(
      rows.filter((row) => row.values[1] !== null).map((row) => row.x),
      [7, 307, 607, 907],
    );
  });

  it('keeps a table to the zoomed part', () => {
    const rows = tableRows({ x, lines: [plain] }, 100, 10, 12);
    assert.deepEqual(
      rows.map((row) => row.x),
      [10, 11, 12],
    );
  });

  it('finds the nearest x', () => {
    const steps = [1, 5, 6, 20];
    assert.deepEqual(
      [0, 3, 3.1, 5.4, 12, 14, 99].map((value) => nearestIndex(steps, value)),
      [0, 0, 1, 1, 2, 3, 3],
    );
    assert.equal(nearestIndex([], 3), 0);
  });

  it('gives the last value that a line had', () => {
    assert.equal(valueAt(marked, 400), 307);
    assert.equal(valueAt(marked, 3), null);
  });

  it('rings the values of a line, of many every nth', () => {
    assert.deepEqual(ringIndices(x, marks, 4), [7, 307, 607, 907]);
    assert.deepEqual(ringIndices(x, marks, 3), [7, 607]);
    assert.deepEqual(ringIndices(x, marks, 3, 300, 999), [307, 607, 907]);
    assert.deepEqual(ringIndices([], [], 3), []);
    assert.equal(ringIndices(x, x, 60).length, 59);
  });
});
