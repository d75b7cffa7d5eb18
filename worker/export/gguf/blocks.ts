/** How GGUF stores values: floats, or blocks of small integers with a scale (ggml-quants.c of ggml). */
import { encodeFloats } from '../../checkpoints/floats.ts';
import type { GgufType } from '../formats.ts';

/** Values that share a scale. */
export const BLOCK = 32;

/** The types of tensors that are written: their number, and bytes of a block of 32 values. */
export const TENSOR_TYPE: Readonly<Record<GgufType, { id: number; blockBytes: number }>> = {
  f32: { id: 0, blockBytes: 4 * BLOCK },
  f16: { id: 1, blockBytes: 2 * BLOCK },
  q4_0: { id: 2, blockBytes: 2 + BLOCK / 2 },
  q8_0: { id: 8, blockBytes: 2 + BLOCK },
};

/** Bytes of a tensor. */
export function typedBytes(type: GgufType, shape: readonly number[]): number {
  return (shape.reduce((a, b) => a * b, 1) / BLOCK) * TENSOR_TYPE[type].blockBytes;
}

/** Values as the bytes of a type; of the block types, whole blocks. */
export function encodeBlocks(type: GgufType, values: Float32Array<ArrayBuffer>): Uint8Array {
  switch (type) {
    case 'f32':
      return encodeFloats('F32', values);
    case 'f16':
      return encodeFloats('F16', values);
    case 'q8_0':
      return quantise(type, values, scale8, pack8);
    case 'q4_0':
      return quantise(type, values, scale4, pack4);
  }
}

/** Each block: its scale as a half, then the integers. */
function quantise(
  type: GgufType,
  values: Float32Array,
  scaleOf: (block: Float32Array) => number,
  pack: (block: Float32Array, inverse: number, out: Uint8Array) => void,
): Uint8Array {
  const { blockBytes } = TENSOR_TYPE[type];
  const count = values.length / BLOCK;
  const block = (i: number): Float32Array => values.subarray(i * BLOCK, (i + 1) * BLOCK);
  const scales = Float32Array.from({ length: count }, (_, i) => scaleOf(block(i)));
  const halves = encodeFloats('F16', scales);
  const out = new Uint8Array(count * blockBytes);
  for (let i = 0; i < count; i++) {
    const at = i * blockBytes;
    out.set(halves.subarray(2 * i, 2 * i + 2), at);
    pack(block(i), scales[i] === 0 ? 0 : 1 / scales[i]!, out.subarray(at + 2, at + blockBytes));
  }
  return out;
}

/** 127 stands for the largest magnitude. */
function scale8(block: Float32Array): number {
  return Math.abs(extreme(block)) / 127;
}

function pack8(block: Float32Array, inverse: number, out: Uint8Array): void {
  for (let i = 0; i < BLOCK; i++) {
    const value = block[i]! * inverse;
    out[i] = Math.trunc(value + Math.sign(value) * 0.5); // wraps as an int8
  }
}

/** -8 stands for the value of the largest magnitude, whatever its sign. */
function scale4(block: Float32Array): number {
  return extreme(block) / -8;
}

/** Value i in the low half of byte i, value i + 16 in the high one, each from 0 for -8 to 15 for 7. */
function pack4(block: Float32Array, inverse: number, out: Uint8Array): void {
  const nibble = (i: number): number => Math.min(15, Math.trunc(block[i]! * inverse + 8.5));
  for (let i = 0; i < BLOCK / 2; i++) out[i] = nibble(i) | (nibble(i + BLOCK / 2) << 4);
}

/** The value of the largest magnitude, with its sign. */
function extreme(block: Float32Array): number {
  return block.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
}
