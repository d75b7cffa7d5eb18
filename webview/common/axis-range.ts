/** The part of an axis that a chart shows. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

export interface RangeOptions {
  readonly log: boolean;
  /** Whether the highest and the lowest hundredth may lie outside. */
  readonly ignoreOutliers: boolean;
}

const PADDING = 0.06;
/** Values that differ by less, of their size, differ by rounding alone: a mean of what never changes is no curve. */
const ROUNDING = 1e-9;
const OUTLIERS = 0.01;
/** Below this many values, each one counts. */
const FEW = 20;

/** A range that holds the values with a little room around them; 0 to 1 where there are none. */
export function rangeOf(values: readonly number[], { log, ignoreOutliers }: RangeOptions): Range {
  const drawable = values.filter((value) => Number.isFinite(value) && (!log || value > 0));
  if (drawable.length === 0) return log ? { min: 0.1, max: 1 } : { min: 0, max: 1 };
  const [min, max] = extent(drawable, ignoreOutliers && drawable.length >= FEW);
  if (log) {
    const room = Math.max(max / min, 1.1) ** PADDING;
    return { min: min / room, max: max * room };
  }
  const size = Math.max(Math.abs(min), Math.abs(max));
  const room = (max - min > ROUNDING * size ? max - min : size || 1) * PADDING;
  const low = min - room;
  // a line that never is below zero has no room there
  return { min: min >= 0 && low < 0 ? 0 : low, max: max + room };
}

function extent(values: readonly number[], withoutOutliers: boolean): [min: number, max: number] {
  if (withoutOutliers) {
    const sorted = Float64Array.from(values).sort();
    const cut = Math.floor(sorted.length * OUTLIERS);
    return [sorted[cut]!, sorted[sorted.length - 1 - cut]!];
  }
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return [min, max];
}
