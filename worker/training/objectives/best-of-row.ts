/** The column with the highest value in a row of a matrix [rows, columns]. */
export function bestOfRow(values: Float32Array, row: number, columns: number): number {
  let best = 0;
  for (let i = 1; i < columns; i++) {
    if (values[row * columns + i]! > values[row * columns + best]!) best = i;
  }
  return best;
}
