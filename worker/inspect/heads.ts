/** Arithmetic over attention weights: [L H, T, T], one head after another, layer by layer. */

/** The mean of some heads, [T, T]. Heads count from 0 over all layers. */
export function averageHeads(
  weights: Float32Array,
  size: number,
  heads: readonly number[],
): Float32Array<ArrayBuffer> {
  const area = size * size;
  const mean = new Float32Array(area);
  for (const head of heads) {
    const one = weights.subarray(head * area, (head + 1) * area);
    for (let i = 0; i < area; i++) mean[i]! += one[i]!;
  }
  if (heads.length > 1) for (let i = 0; i < area; i++) mean[i]! /= heads.length;
  return mean;
}

/** -sum p log2 p of each row of a head, in bits; weights of 0 count nothing. */
export function rowEntropies(head: Float32Array, size: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: size }, (_, row) => {
    let bits = 0;
    for (let i = row * size; i < (row + 1) * size; i++) {
      const p = head[i]!;
      if (p > 0) bits -= p * Math.log2(p);
    }
    return bits;
  });
}

/** The mean of each head's row entropies, in bits. */
export function headEntropies(weights: Float32Array, size: number): Float32Array<ArrayBuffer> {
  const area = size * size;
  return Float32Array.from({ length: weights.length / area }, (_, head) => {
    const rows = rowEntropies(weights.subarray(head * area, (head + 1) * area), size);
    return rows.reduce((sum, bits) => sum + bits, 0) / size;
  });
}

/**
 * Every head as a small picture, [L H, S, S] with S = min(size, most): a cell holds the weight of the
 * stretch it covers that is furthest from 0, so that thin lines stay.
 */
export function smallHeads(
  weights: Float32Array,
  size: number,
  most: number,
): { side: number; cells: Float32Array<ArrayBuffer> } {
  const side = Math.min(size, most);
  const area = size * size;
  const heads = area === 0 ? 0 : weights.length / area;
  const cells = new Float32Array(heads * side * side);
  const places = Uint16Array.from({ length: size }, (_, i) => Math.floor((i * side) / size));
  for (let head = 0; head < heads; head++) {
    for (let row = 0; row < size; row++) {
      const from = head * area + row * size;
      const to = (head * side + places[row]!) * side;
      for (let column = 0; column < size; column++) {
        const at = to + places[column]!;
        const weight = weights[from + column]!;
        if (Math.abs(weight) > Math.abs(cells[at]!)) cells[at] = weight;
      }
    }
  }
  return { side, cells };
}
