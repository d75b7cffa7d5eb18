/** Which weights of a map are shown. Maps are [T, T], row by row. */

/** The same map without some columns. */
export function withoutColumns(
  weights: Float32Array,
  size: number,
  columns: readonly number[],
): Float32Array {
  const rest = weights.slice();
  for (const column of columns) for (let row = 0; row < size; row++) rest[row * size + column] = 0;
  return rest;
}

/**
 * The largest weights of each row that together hold a share of the row's sum, and 0 for the others. As few as that
 * takes; of equal ones the first. A share of 1 keeps all. Of differences the size counts.
 */
export function largestByMass(weights: Float32Array, size: number, share: number): Float32Array {
  if (share >= 1) return weights;
  const kept = new Float32Array(weights.length);
  for (let start = 0; start < weights.length; start += size) {
    const row = weights.subarray(start, start + size).map(Math.abs);
    const descending = row.slice().sort().reverse();
    const wanted = share * row.reduce((sum, weight) => sum + weight, 0);
    let count = 0;
    for (let mass = 0; count < size && mass < wanted; count++) mass += descending[count]!;
    if (count === 0) continue;
    const least = descending[count - 1]!;
    let ofLeast = count - descending.indexOf(least);
    for (let i = 0; i < size; i++) {
      const weight = row[i]!;
      if (weight > least || (weight === least && ofLeast-- > 0)) kept[start + i] = weights[start + i]!;
    }
  }
  return kept;
}

/** The size of the largest weight of a map, 0 for an empty one. */
export function largest(weights: Float32Array): number {
  let most = 0;
  for (const weight of weights) most = Math.max(most, Math.abs(weight));
  return most;
}
