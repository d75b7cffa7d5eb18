import assert from 'node:assert/strict';
import { it } from 'node:test';
import { colourTable } from '../common/colours.ts';
import { paintMap } from './map-picture.ts';

it('a map has a pixel a cell, and none above the diagonal of a causal model', () => {
  const table = colourTable('dark');
  const pixels = new Uint8ClampedArray(16).fill(7);
  const weights = Float32Array.from([1, 1, 0, 1]);
  paintMap(pixels, { weights, size: 2, largest: 1, causal: true }, table);
  const strongest = [...table.subarray(-3), 255];
  assert.deepEqual([...pixels.subarray(0, 4)], strongest);
  assert.equal(pixels[7], 0);
  assert.deepEqual([...pixels.subarray(8, 12)], [0, 0, 4, 255]);
  paintMap(pixels, { weights, size: 2, largest: 1, causal: false }, table);
  assert.deepEqual([...pixels.subarray(4, 8)], strongest);
});
