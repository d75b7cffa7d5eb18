import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Random } from '../../base/random.ts';
import { BLOCK, encodeBlocks, typedBytes } from './blocks.ts';

/** A block with `values` at its start, and zeros behind. */
function block(...values: number[]): Float32Array<ArrayBuffer> {
  const out = new Float32Array(BLOCK);
  out.set(values);
  return out;
}

/** The value of a half that is a power of two or a small sum of them. */
function half(bytes: Uint8Array): number {
  const bits = bytes[0]! | (bytes[1]! << 8);
  return (bits & 0x8000 ? -1 : 1) * (1 + (bits & 0x3ff) / 1024) * 2 ** (((bits >> 10) & 31) - 15);
}

function decode8(bytes: Uint8Array): number[] {
  const values = new Int8Array(bytes.slice(2).buffer);
  return Array.from(values, (value) => value * half(bytes));
}

function decode4(bytes: Uint8Array): number[] {
  const packed = Array.from(bytes.subarray(2));
  const nibbles = [...packed.map((byte) => byte & 15), ...packed.map((byte) => byte >> 4)];
  return nibbles.map((nibble) => (nibble - 8) * half(bytes) + 0); // no -0
}

describe('blocks of a GGUF file', () => {
  it('hold 8 bits a value, and a scale under which the largest magnitude is 127', () => {
    const bytes = encodeBlocks('q8_0', block(127, -127, 2.5, -2.5, 0.4));
    assert.equal(bytes.length, 34);
    assert.equal(half(bytes), 1);
    assert.deepEqual(decode8(bytes).slice(0, 6), [127, -127, 3, -3, 0, 0]);
  });

  it('hold 4 bits a value, and a scale under which the largest magnitude is -8', () => {
    const bytes = encodeBlocks('q4_0', block(8, -7, 1.4, -1.6));
    assert.equal(bytes.length, 18);
    assert.equal(half(bytes), -1);
    assert.deepEqual(decode4(bytes).slice(0, 5), [8, -7, 1, -2, 0]);
    const second = new Float32Array(BLOCK);
    second[BLOCK / 2] = -8;
    assert.deepEqual(decode4(encodeBlocks('q4_0', second))[BLOCK / 2], -8);
  });

  it('are off by half a step at most', () => {
    const random = new Random(1, 'blocks');
    const values = Float32Array.from({ length: BLOCK }, () => random.normal());
    const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    const off = (decoded: number[]): number =>
      Math.max(...decoded.map((value, i) => Math.abs(value - values[i]!)));
    assert.ok(off(decode8(encodeBlocks('q8_0', values))) < (largest / 127) * 0.6);
    assert.ok(off(decode4(encodeBlocks('q4_0', values))) < (largest / 8) * 1.1); // the other end has no 8
  });

  it('are zeros where all is zero', () => {
    for (const type of ['q8_0', 'q4_0'] as const) {
      const bytes = encodeBlocks(type, block());
      assert.equal((bytes[0]! | (bytes[1]! << 8)) & 0x7fff, 0); // 0 or -0
      assert.ok(bytes.subarray(2).every((byte) => byte === (type === 'q8_0' ? 0 : 0x88)));
    }
  });

  it('take the bytes that the file says', () => {
    for (const type of ['f32', 'f16', 'q8_0', 'q4_0'] as const) {
      assert.equal(encodeBlocks(type, new Float32Array(96)).length, typedBytes(type, [3, 32]));
    }
    assert.equal(typedBytes('f16', [5]), 10);
  });
});
