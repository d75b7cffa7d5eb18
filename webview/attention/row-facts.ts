/** One row of a map as a table: where a token looks, the strongest first. */

export interface RowEntry {
  readonly column: number;
  readonly weight: number;
}

/** Entries of a row that are shown, by descending size; of equal ones in the order of the text. */
export function rowEntries(weights: Float32Array, size: number, row: number): RowEntry[] {
  const entries: RowEntry[] = [];
  for (let column = 0; column < size; column++) {
    const weight = weights[row * size + column]!;
    if (weight !== 0) entries.push({ column, weight });
  }
  return entries.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
}
