/** Numbers of 4 or 8 bits with a scale for each block of 32: the values that graph/ops/quantised.ts computes with. */
const BLOCK = 32;

/** Rows and columns of a tile. */
const TILE = 32;

export interface Quantisation {
  /** Packed, low bits first. */
  readonly codes: Uint8Array;
  readonly scales: Float32Array;
}

/**
 * Rounds values to scale (code - 2^(bits - 1)), code 0 to 2^bits - 1, blocks of 32 in their order; their number must be a
 * multiple of that. The value that is largest in size is met: with 4 bits it is the end of the range that has one step
 * more, as llama.cpp's q4_0 has it.
 */
export function quantise(values: Float32Array, bits: 4 | 8): Quantisation {
  const codes = new Uint8Array((values.length * bits) / 8);
  const scales = new Float32Array(values.length / BLOCK);
  const [middle, top] = bits === 4 ? [8, -8] : [128, 127];
  const last = 2 ** bits - 1;
  for (let block = 0; block < scales.length; block++) {
    const start = block * BLOCK;
    const scale = Math.fround(extreme(values, start) / top);
    scales[block] = scale;
    const inverse = scale === 0 ? 0 : 1 / scale;
    for (let i = start; i < start + BLOCK; i++) {
      // halves round up; the sum is not negative, so that cutting its fraction off is rounding down
      const code = Math.min(last, (values[i]! * inverse + middle + 0.5) | 0);
      if (bits === 8) codes[i] = code;
      else codes[i >> 1]! |= code << (4 * (i & 1));
    }
  }
  return { codes, scales };
}

/** The value of a block that is largest in size. */
function extreme(values: Float32Array, start: number): number {
  let found = 0;
  for (let i = start; i < start + BLOCK; i++) if (Math.abs(values[i]!) > Math.abs(found)) found = values[i]!;
  return found;
}

/** Rows and columns exchanged; in tiles, which stay in the processor's cache. */
export function transposed(values: Float32Array, rows: number, columns: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length);
  for (let top = 0; top < rows; top += TILE) {
    for (let left = 0; left < columns; left += TILE) {
      for (let r = top; r < Math.min(rows, top + TILE); r++) {
        for (let c = left; c < Math.min(columns, left + TILE); c++)
          out[c * rows + r] = values[r * columns + c]!;
      }
    }
  }
  return out;
}
