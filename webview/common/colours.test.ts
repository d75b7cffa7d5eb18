import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { colourTable, shadeOf, SHADES } from './colours.ts';

const luminances = (table: Uint8ClampedArray): number[] =>
  Array.from(
    { length: SHADES },
    (_, i) => 0.2126 * table[3 * i]! + 0.7152 * table[3 * i + 1]! + 0.0722 * table[3 * i + 2]!,
  );

describe('colours', () => {
  it('go from dark to light on a dark ground, and back on a light one', () => {
    const dark = colourTable('dark');
    assert.deepEqual([...dark.subarray(0, 3)], [0, 0, 4]);
    assert.deepEqual([...dark.subarray(-3)], [0xfc, 0xfd, 0xbf]);
    const steps = luminances(dark);
    for (let i = 1; i < SHADES; i++) assert.ok(steps[i]! >= steps[i - 1]! - 1, `step ${i}`);
    assert.deepEqual([...colourTable('light').subarray(0, 3)], [0xfc, 0xfd, 0xbf]);
  });

  it('are chosen by the root of a weight', () => {
    assert.deepEqual(
      [0, 0.25, 1, 2, NaN].map((weight) => shadeOf(weight, 1)),
      [0, 128, 255, 255, 0],
    );
    assert.equal(shadeOf(0.1, 0.1), 255);
    assert.equal(shadeOf(0, 0), 0);
  });
});
