/**
 * Exponential moving average of a noisy series; `weight` from 0 (none) to below 1. What the first values lack in
 * predecessors is corrected for, as Adam does with its moments. Gaps stay gaps.
 */
export function smoothed(values: readonly (number | null)[], weight: number): (number | null)[] {
  if (weight === 0) return [...values];
  let mean = 0;
  let correction = 1;
  return values.map((value) => {
    if (value === null) return null;
    mean = weight * mean + (1 - weight) * value;
    correction *= weight;
    return mean / (1 - correction);
  });
}
