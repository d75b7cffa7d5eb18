import type { Attention } from './result.ts';

/** Digits that tell every float32 from its neighbours. */
const DIGITS = 9;

/**
 * An inspection as JSON, piece by piece, since the whole may be longer than a string can be. `weights` is nested as
 * [layer][head][row][column]; read back as float32 its numbers are the same bit by bit.
 */
export function* attentionJson(attention: Attention): Generator<string> {
  const { weights, entropies, layers, heads, tokens, ...rest } = attention;
  const size = tokens.length;
  yield JSON.stringify({ ...rest, layers, heads, tokens }).slice(0, -1);
  yield `,"entropies":[${each(layers, (layer) => numbers(entropies, layer * heads, heads)).join()}]`;
  yield ',"weights":[';
  for (let layer = 0; layer < layers; layer++) {
    yield layer === 0 ? '[' : ',[';
    for (let head = 0; head < heads; head++) {
      const start = (layer * heads + head) * size * size;
      yield `${head === 0 ? '' : ','}[`;
      yield each(size, (row) => numbers(weights, start + row * size, size)).join();
      yield ']';
    }
    yield ']';
  }
  yield ']}';
}

function each(count: number, make: (index: number) => string): string[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function numbers(values: Float32Array, from: number, count: number): string {
  return `[${Array.from(values.subarray(from, from + count), (value) => Number(value.toPrecision(DIGITS))).join()}]`;
}
