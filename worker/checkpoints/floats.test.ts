import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FloatDtype, WritableFloatDtype } from './floats.ts';
import { decodeFloats, encodeFloats } from './floats.ts';

function decode(dtype: FloatDtype, bytes: Uint8Array): number[] {
  const out = new Float32Array(
    bytes.length / { F64: 8, F32: 4, F16: 2, BF16: 2, F8_E4M3: 1, F8_E5M2: 1 }[dtype],
  );
  decodeFloats(dtype, Uint8Array.from(bytes).buffer, out, 0);
  return [...out];
}

function bits(dtype: WritableFloatDtype, value: number): number {
  const bytes = encodeFloats(dtype, Float32Array.of(value));
  return new Uint16Array(bytes.buffer)[0]!;
}

/** All 65536 values of a 16-bit dtype. */
function allOf(dtype: 'F16' | 'BF16'): number[] {
  return decode(dtype, new Uint8Array(Uint16Array.from({ length: 0x10000 }, (_, i) => i).buffer));
}

describe('16-bit floats', () => {
  for (const dtype of ['F16', 'BF16'] as const) {
    it(`${dtype}: every value survives decode and encode`, () => {
      const values = allOf(dtype);
      const encoded = new Uint16Array(encodeFloats(dtype, Float32Array.from(values)).buffer);
      for (const [code, value] of values.entries()) {
        if (Number.isNaN(value))
          assert.ok(Number.isNaN(values[encoded[code]!]!), `NaN 0x${code.toString(16)}`);
        else assert.equal(encoded[code], code);
      }
    });

    it(`${dtype}: rounds to nearest, and halfway to even`, () => {
      const values = allOf(dtype);
      for (let code = 0; Number.isFinite(values[code + 1]); code++) {
        const low = values[code]!;
        const high = values[code + 1]!;
        const middle = (low + high) / 2; // exact in float32
        const even = code % 2 === 0 ? code : code + 1;
        assert.equal(bits(dtype, middle), even, `between ${low} and ${high}`);
        if (code % 97 !== 0 || (dtype === 'BF16' && code === 0)) continue;
        assert.equal(bits(dtype, low + (high - low) * 0.49), code);
        assert.equal(bits(dtype, low + (high - low) * 0.51), code + 1);
        assert.equal(bits(dtype, -middle), even | 0x8000);
      }
    });
  }

  it('known values', () => {
    assert.equal(bits('F16', 1), 0x3c00);
    assert.equal(bits('F16', 65504), 0x7bff);
    assert.equal(bits('F16', 65519.996), 0x7bff);
    assert.equal(bits('F16', 65520), 0x7c00);
    assert.equal(bits('F16', 2 ** -24), 1);
    assert.equal(bits('F16', 2 ** -25), 0);
    assert.equal(bits('F16', -0), 0x8000);
    assert.equal(bits('BF16', 1), 0x3f80);
    assert.equal(bits('BF16', 3.4e38), 0x7f80);
  });
});

describe('8-bit floats', () => {
  it('F8_E4M3: known values', () => {
    const values = decode('F8_E4M3', Uint8Array.of(0x00, 0x01, 0x38, 0x7e, 0x7f, 0xfe, 0x80));
    assert.deepEqual(values, [0, 2 ** -9, 1, 448, NaN, -448, -0]);
  });

  it('F8_E5M2: known values', () => {
    const values = decode('F8_E5M2', Uint8Array.of(0x00, 0x01, 0x3c, 0x7b, 0x7c, 0xfc, 0x7e));
    assert.deepEqual(values, [0, 2 ** -16, 1, 57344, Infinity, -Infinity, NaN]);
  });
});

it('F64 keeps every float32, and a view is encoded from where it begins', () => {
  const values = Float32Array.of(9, 0.1, -1e-42, Infinity).subarray(1);
  for (const dtype of ['F64', 'F32'] as const) {
    assert.deepEqual(decode(dtype, encodeFloats(dtype, values)), [...values]);
  }
});
