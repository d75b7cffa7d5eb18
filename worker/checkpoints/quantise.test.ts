import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Random } from '../base/random.ts';
import { dequantise } from '../graph/ops/index.ts';
import { quantise, transposed } from './quantise.ts';

/** Values of one block, the rest of it zeros. */
const block = (...values: number[]): Float32Array =>
  Float32Array.from({ length: 32 }, (_, i) => values[i] ?? 0);

function values(data: Float32Array, bits: 4 | 8): Float64Array {
  const { codes, scales } = quantise(data, bits);
  const shape = [1, scales.length];
  const asDense = (of: Uint8Array | Float32Array): Float64Array => Float64Array.from(of);
  return dequantise(
    { dtype: 'uint8', shape: [...shape, 4 * bits], data: asDense(codes) },
    { dtype: 'float32', shape, data: asDense(scales) },
    bits,
  ).data;
}

describe('quantise', () => {
  it('packs 4 bits by hand: the largest in size is -8 steps, low bits come first', () => {
    const { codes, scales } = quantise(block(4, -1, 0.5, -4, 2), 4);
    assert.deepEqual([...scales], [-0.5]);
    // steps of -0.5: -8, 2, -1, 8 (of which there are 7 only), -4; plus 8
    assert.deepEqual([...codes.subarray(0, 4)], [0 | (10 << 4), 7 | (15 << 4), 4 | (8 << 4), 8 | (8 << 4)]);
    assert.equal(codes.length, 16);
  });

  it('packs 8 bits by hand', () => {
    const { codes, scales } = quantise(block(-127, 1, 0, 126.4), 8);
    assert.deepEqual([...scales], [-1]);
    assert.deepEqual([...codes.subarray(0, 4)], [255, 127, 128, 2]);
    assert.equal(codes.length, 32);
  });

  it('errs by half a step at most, by one where the range of 4 bits ends; zeros stay zeros', () => {
    const random = new Random(1, 'weights');
    const data = Float32Array.from({ length: 32 * 200 }, () => random.normal());
    data.fill(0, 0, 32);
    for (const [bits, steps, allowed] of [
      [4, 8, 1],
      [8, 127, 0.5],
    ] as const) {
      const got = values(data, bits);
      for (let at = 0; at < data.length; at += 32) {
        const step = Math.max(...data.subarray(at, at + 32).map(Math.abs)) / steps;
        for (let i = at; i < at + 32; i++)
          assert.ok(
            Math.abs(got[i]! - data[i]!) <= allowed * step * 1.00001,
            `${bits} bits: ${got[i]} for ${data[i]}`,
          );
      }
      const error = Math.sqrt(got.reduce((sum, v, i) => sum + (v - data[i]!) ** 2, 0) / data.length);
      assert.ok(error < (bits === 4 ? 0.1 : 0.006), `${bits} bits err by ${error}`);
    }
  });
});

describe('transposed', () => {
  it('exchanges rows and columns, in tiles or not', () => {
    const [rows, columns] = [37, 70];
    const data = Float32Array.from({ length: rows * columns }, (_, i) => i);
    const out = transposed(data, rows, columns);
    for (const [r, c] of [
      [0, 0],
      [0, 69],
      [36, 0],
      [36, 69],
      [31, 32],
      [5, 66],
    ] as const)
      assert.equal(out[c * rows + r], r * columns + c);
  });
});
