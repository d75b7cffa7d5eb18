/** What a chart shows, apart from how. */

export interface Line {
  readonly label: string;
  /** y at every x; null where there is none. */
  readonly values: readonly (number | null)[];
  /** Which colour and which dashes; lines of one thing share it. */
  readonly style: number;
  /** 'faint': behind another line of the same thing. 'marked': with a ring at every value. */
  readonly look: 'plain' | 'faint' | 'marked';
  /** A letter at the line's end. */
  readonly tag?: string;
}

export interface ChartData {
  readonly x: readonly number[];
  readonly lines: readonly Line[];
}

/** On and off, in pixels; a line is known by its dashes where colours are not seen. */
const DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 3], [8, 3, 2, 3], [12, 3], [4, 2]];

export function dashesOf(style: number): readonly number[] {
  return DASHES[style % DASHES.length]!;
}

/** Rows of a table with the same numbers: at most `limit` of those within the range, evenly chosen, the last with them. */
export function tableRows(
  { x, lines }: ChartData,
  limit: number,
  from = -Infinity,
  to = Infinity,
): TableRow[] {
  const inside = x.flatMap((value, i) => (value >= from && value <= to ? [i] : []));
  const stride = Math.max(1, Math.ceil(inside.length / limit));
  const last = inside.length - 1;
  return inside
    .filter(
      (index, n) =>
        (last - n) % stride === 0 ||
        lines.some((line) => line.look === 'marked' && (line.values[index] ?? null) !== null),
    )
    .map((index) => ({ x: x[index]!, values: lines.map((line) => line.values[index] ?? null) }));
}

export interface TableRow {
  readonly x: number;
  readonly values: readonly (number | null)[];
}

/** The index of the x nearest to a value; x rises. */
export function nearestIndex(x: readonly number[], value: number): number {
  let low = 0;
  let high = x.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low > 0 && value - x[low - 1]! <= x[low]! - value ? low - 1 : low;
}

/** What a line has at an x, or last had before it. */
export function valueAt({ values }: Line, index: number): number | null {
  for (let i = Math.min(index, values.length - 1); i >= 0; i--) {
    const value = values[i];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}

/** Where a marked line has its rings: at its values within the range, or at every nth where these are more than `most`. */
export function ringIndices(
  x: ArrayLike<number>,
  values: ArrayLike<number | null | undefined>,
  most: number,
  from = -Infinity,
  to = Infinity,
): number[] {
  // all of them count, so that a ring stays where it is when the range moves
  const own = Array.from(values, (_, i) => i).filter((i) => (values[i] ?? null) !== null);
  const isInside = (i: number): boolean => x[i]! >= from && x[i]! <= to;
  const stride = Math.max(1, Math.ceil(own.filter(isInside).length / most));
  return own.filter((i, n) => n % stride === 0 && isInside(i));
}
