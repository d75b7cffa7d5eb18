import { bfloat16Bits, float16Bits, float16Value } from '../base/half.ts';
import type { Dtype } from './dtypes.ts';

/** Dtypes that read as float32. F64 loses digits, the others none. */
export type FloatDtype = 'F64' | 'F32' | 'F16' | 'BF16' | 'F8_E4M3' | 'F8_E5M2';

/** Dtypes that float32 values are written as. */
export type WritableFloatDtype = 'F64' | 'F32' | 'F16' | 'BF16';

export function isFloatDtype(dtype: Dtype): dtype is FloatDtype {
  return ['F64', 'F32', 'F16', 'BF16', 'F8_E4M3', 'F8_E5M2'].includes(dtype);
}

/** The value of an FP8 E4M3 (arXiv 2209.05433): no infinities, one NaN a sign. */
function e4m3Value(bits: number): number {
  const sign = bits & 0x80 ? -1 : 1;
  const exponent = (bits >>> 3) & 15;
  const fraction = bits & 7;
  if (exponent === 0) return sign * fraction * 2 ** -9;
  if (exponent === 15 && fraction === 7) return NaN;
  return sign * (1 + fraction / 8) * 2 ** (exponent - 7);
}

let halfTable: Float32Array | undefined;

function halves(): Float32Array {
  halfTable ??= Float32Array.from({ length: 0x10000 }, (_, bits) => float16Value(bits));
  return halfTable;
}

let e4m3Table: Float32Array | undefined;

function e4m3s(): Float32Array {
  e4m3Table ??= Float32Array.from({ length: 0x100 }, (_, bits) => e4m3Value(bits));
  return e4m3Table;
}

/** Decodes little-endian values of `dtype` into `out` from `offset` on. `bytes` must hold whole elements. */
export function decodeFloats(dtype: FloatDtype, bytes: ArrayBuffer, out: Float32Array, offset: number): void {
  switch (dtype) {
    case 'F64':
      out.set(new Float64Array(bytes), offset);
      return;
    case 'F32':
      out.set(new Float32Array(bytes), offset);
      return;
    case 'F16':
      lookUp(new Uint16Array(bytes), halves(), 0, out, offset);
      return;
    case 'BF16': {
      const high = new Uint16Array(bytes);
      const target = new Uint32Array(out.buffer, out.byteOffset, out.length);
      for (let i = 0; i < high.length; i++) target[offset + i] = high[i]! << 16;
      return;
    }
    case 'F8_E4M3':
      lookUp(new Uint8Array(bytes), e4m3s(), 0, out, offset);
      return;
    case 'F8_E5M2': // the upper byte of a half
      lookUp(new Uint8Array(bytes), halves(), 8, out, offset);
      return;
  }
}

function lookUp(
  codes: Uint16Array | Uint8Array,
  table: Float32Array,
  shift: number,
  out: Float32Array,
  offset: number,
): void {
  for (let i = 0; i < codes.length; i++) out[offset + i] = table[codes[i]! << shift]!;
}

/** float32 values as little-endian `dtype`, rounded to nearest, ties to even. Overflow becomes infinity. */
export function encodeFloats(dtype: WritableFloatDtype, values: Float32Array): Uint8Array {
  switch (dtype) {
    case 'F64':
      return new Uint8Array(Float64Array.from(values).buffer);
    case 'F32':
      return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    case 'F16':
      return encode16(values, float16Bits);
    case 'BF16':
      return encode16(values, bfloat16Bits);
  }
}

function encode16(values: Float32Array, round: (bits: number) => number): Uint8Array {
  const source = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(source.length);
  for (let i = 0; i < source.length; i++) out[i] = round(source[i]!);
  return new Uint8Array(out.buffer);
}
