/** Scores to probabilities. */

/** exp(x - max) / sum of a row of logits, in double precision. */
export function softmax(logits: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(logits);
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] = Math.exp(values[i]! - most);
  for (let i = 0; i < values.length; i++) values[i]! /= sum;
  return values;
}

/** Where the largest values are, the largest first; of equal ones the first. At most `count`, of those that `counts`. */
export function largest(
  values: ArrayLike<number>,
  count: number,
  counts: (index: number) => boolean = () => true,
): number[] {
  const found: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (found.length === count && values[i]! <= values[found.at(-1)!]!) continue;
    if (!counts(i)) continue;
    const place = found.findIndex((other) => values[other]! < values[i]!);
    found.splice(place < 0 ? found.length : place, 0, i);
    if (found.length > count) found.pop();
  }
  return found;
}
