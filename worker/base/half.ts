/** The 16-bit floats, IEEE 754 binary16 and bfloat16 (the upper half of a float32), by their bits. */

export type HalfType = 'float16' | 'bfloat16';

/** The value of an IEEE 754 binary16. */
export function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Bits of a float32 rounded to the bits of a bfloat16: its upper half, plus what was cut off. */
export function bfloat16Bits(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40; // stays a NaN
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** Bits of a float32 rounded to the bits of a binary16. */
export function float16Bits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520 and above
  if (magnitude >= 0x38800000) {
    const odd = (magnitude >>> 13) & 1;
    return sign | ((magnitude - 0x38000000 + 0xfff + odd) >>> 13);
  }
  if (magnitude < 0x33000000) return sign; // below 2^-25, half of the smallest subnormal
  const shift = 126 - (magnitude >>> 23);
  const significand = (magnitude & 0x7fffff) | 0x800000;
  const kept = significand >>> shift;
  const cut = significand & ((1 << shift) - 1);
  const middle = 1 << (shift - 1);
  return sign | (cut > middle || (cut === middle && kept % 2 === 1) ? kept + 1 : kept);
}

const float = new Float32Array(1);
const floatBits = new Uint32Array(float.buffer);

/** Bits of a number as a binary16 or bfloat16, rounded to nearest, ties to even. Overflow becomes infinity. */
export function halfBits(type: HalfType, value: number): number {
  float[0] = value;
  return type === 'float16' ? float16Bits(floatBits[0]!) : bfloat16Bits(floatBits[0]!);
}

/** The nearest value that the type has. */
export function roundToHalf(type: HalfType, value: number): number {
  const bits = halfBits(type, value);
  if (type === 'float16') return float16Value(bits);
  floatBits[0] = bits << 16;
  return float[0]!;
}
