/** Where the keys of a ribbon move its cursor. */
import { type Rows, rowOf } from './layout.ts';
import type { TokenColumn } from './token-column.ts';

export interface Key {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
}

/** The token that a key moves to, or undefined for a key that moves nowhere. `page`: rows that are seen at once. */
export function moved(
  { key, ctrlKey, metaKey }: Key,
  index: number,
  column: TokenColumn,
  rows: Rows,
  page: number,
): number | undefined {
  const whole = ctrlKey || metaKey;
  const last = column.count - 1;
  const row = rowOf(rows, column.start(index));
  switch (key) {
    case 'ArrowLeft':
      return Math.max(0, index - 1);
    case 'ArrowRight':
      return Math.min(last, index + 1);
    case 'Home':
      return whole ? 0 : firstInRow(column, rows, row);
    case 'End':
      return whole ? last : lastInRow(column, rows, row);
    case 'ArrowUp':
      return inRow(column, rows, index, row - 1);
    case 'ArrowDown':
      return inRow(column, rows, index, row + 1);
    case 'PageUp':
      return inRow(column, rows, index, row - page);
    case 'PageDown':
      return inRow(column, rows, index, row + page);
    default:
      return undefined;
  }
}

/** The first token that begins in a row, or of a row in which none does, the one that covers it. */
function firstInRow(column: TokenColumn, rows: Rows, row: number): number {
  const start = rows.starts[row]!;
  const index = Math.min(column.at(start), column.count - 1);
  const begins = column.start(index) >= start || index === column.count - 1;
  return begins || column.start(index + 1) >= rows.starts[row + 1]! ? index : index + 1;
}

function lastInRow(column: TokenColumn, rows: Rows, row: number): number {
  const { first, last } = column.within(rows.starts[row]!, rows.starts[row + 1]!);
  return Math.min(column.count - 1, Math.max(first, last - 1));
}

/** The token as far into another row as `index` is into its own. */
function inRow(column: TokenColumn, rows: Rows, index: number, target: number): number {
  const row = Math.max(0, Math.min(rows.count - 1, target));
  const start = column.start(index);
  const into = start - rows.starts[rowOf(rows, start)]!;
  const offset = Math.min(rows.starts[row]! + into, Math.max(rows.starts[row]!, rows.starts[row + 1]! - 1));
  return Math.min(column.count - 1, Math.max(column.at(offset), firstInRow(column, rows, row)));
}
