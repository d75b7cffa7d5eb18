/** Where the cells of a map are, and where keys move its cursor. Lengths in CSS pixels. */
import type { Cell } from '../protocol/attention.ts';

/** A square of cells with room for the names of tokens at its left and above it. */
export interface MapFrame {
  readonly left: number;
  readonly top: number;
  /** Of the square. */
  readonly side: number;
  /** Cells along a side. */
  readonly size: number;
  /** Whether cells are large enough for names beside them. */
  readonly named: boolean;
}

/** Room for names, and the least side of a cell that has one. */
const NAMES = 84;
const LEAST_NAMED = 11;
/** Without names there is a thin margin to point at. */
const MARGIN = 12;

/** What a pointer is at: a cell, or the name of a row or column alone. */
export interface MapTarget {
  readonly row?: number;
  readonly column?: number;
}

/** The largest square that fits, with names where there is room for them. */
export function frameFor(width: number, height: number, size: number): MapFrame {
  const sideWith = (room: number): number => Math.max(0, Math.min(width, height) - room);
  const named = size > 0 && sideWith(NAMES) / size >= LEAST_NAMED;
  const room = named ? NAMES : MARGIN;
  return { left: room, top: room, side: sideWith(room), size, named };
}

/** What is at a place; undefined outside. */
export function targetAt({ left, top, side, size }: MapFrame, x: number, y: number): MapTarget | undefined {
  const column = Math.floor(((x - left) / side) * size);
  const row = Math.floor(((y - top) / side) * size);
  const [hasRow, hasColumn] = [row >= 0 && row < size, column >= 0 && column < size];
  if (hasRow && hasColumn) return { row, column };
  if (hasRow && x >= 0 && x < left) return { row };
  if (hasColumn && y >= 0 && y < top) return { column };
  return undefined;
}

/** The rectangle of some cells: from the first to before the last. */
export function rectOf(
  { left, top, side, size }: MapFrame,
  rows: { readonly first: number; readonly last: number },
  columns: { readonly first: number; readonly last: number },
): { x: number; y: number; width: number; height: number } {
  const cell = side / size;
  return {
    x: left + columns.first * cell,
    y: top + rows.first * cell,
    width: (columns.last - columns.first) * cell,
    height: (rows.last - rows.first) * cell,
  };
}

export interface Key {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
}

/** Rows that a page key goes. */
const PAGE = 10;

/** The cell that a key moves to, or undefined for a key that moves nowhere. */
export function movedCell(
  { key, ctrlKey, metaKey }: Key,
  { row, column }: Cell,
  size: number,
): Cell | undefined {
  const whole = ctrlKey || metaKey;
  const last = size - 1;
  const within = (at: number): number => Math.max(0, Math.min(last, at));
  switch (key) {
    case 'ArrowLeft':
      return { row, column: within(column - 1) };
    case 'ArrowRight':
      return { row, column: within(column + 1) };
    case 'ArrowUp':
      return { row: within(row - 1), column };
    case 'ArrowDown':
      return { row: within(row + 1), column };
    case 'PageUp':
      return { row: within(row - PAGE), column };
    case 'PageDown':
      return { row: within(row + PAGE), column };
    case 'Home':
      return whole ? { row: 0, column: 0 } : { row, column: 0 };
    case 'End':
      return whole ? { row: last, column: last } : { row, column: last };
    default:
      return undefined;
  }
}
