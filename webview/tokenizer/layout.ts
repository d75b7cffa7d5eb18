/** Breaks a text into rows of a given width, so that all columns break at the same places and rows stand side by side. */
import { MARK } from '../../worker/protocol/tokenizer.ts';
import { glyphOf } from '../common/glyphs.ts';
import type { TokenColumn } from './token-column.ts';

/** All in pixels. */
export interface Metrics {
  /** Of a row in one column. */
  readonly width: number;
  /** Of a character of ASCII, and of one of the smaller ones that ids and bytes are written in. */
  readonly cell: number;
  readonly smallCell: number;
  /** What a token takes beside its text. */
  readonly padding: number;
  readonly measure: (text: string) => number;
  /** Whether ids are shown. */
  readonly ids: boolean;
}

/** Row r shows text[starts[r] .. starts[r + 1]), which belongs to line lines[r], from 0. */
export interface Rows {
  readonly count: number;
  /** One more than rows: the last is the text's end. */
  readonly starts: Uint32Array;
  readonly lines: Uint32Array;
}

/**
 * Rows end after each '\n', and before what does not fit, at places where tokens end in every column if there are some.
 * A token that is wider than a row has a row of its own.
 */
export function layOut(columns: readonly TokenColumn[], metrics: Metrics): Rows {
  const { text } = columns[0]!;
  const starts = [0];
  const lines = [0];
  const widths = new CharacterWidths(metrics);
  const walks = columns.map((column) => new FragmentWalk(column, metrics, widths));
  /** Of each column: what the row holds, and what comes after it up to where the walk is. */
  const row = new Float64Array(columns.length);
  const pending = new Float64Array(columns.length);
  let pendingStart = 0;
  const breakAt = (offset: number, line: number): void => {
    starts.push(offset);
    lines.push(line);
    row.fill(0);
  };
  while (pendingStart < text.length) {
    const last = lowest(walks);
    const walk = walks[last]!;
    const before = walk.end;
    walk.next();
    pending[last]! += walk.width;
    if (row[last]! + pending[last]! > metrics.width) {
      if (pendingStart > starts.at(-1)!) breakAt(pendingStart, lines.at(-1)!);
      if (pending[last]! > metrics.width && before > starts.at(-1)!) {
        breakAt(before, lines.at(-1)!);
        pending.fill(0);
        pending[last] = walk.width;
        pendingStart = before;
      }
    }
    if (walks.some(({ end }) => end !== walk.end)) continue;
    for (let column = 0; column < row.length; column++) row[column]! += pending[column]!;
    pending.fill(0);
    pendingStart = walk.end;
    if (text[pendingStart - 1] === '\n') breakAt(pendingStart, lines.at(-1)! + 1);
  }
  return {
    count: starts.length,
    starts: Uint32Array.from([...starts, text.length]),
    lines: Uint32Array.from(lines),
  };
}

/** The row that shows an offset. */
export function rowOf({ starts, count }: Rows, offset: number): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

function lowest(walks: readonly FragmentWalk[]): number {
  let found = 0;
  for (let i = 1; i < walks.length; i++) if (walks[i]!.end < walks[found]!.end) found = i;
  return found;
}

/**
 * Goes through a column in steps that no row breaks: a token, or the tokens that share a character, cut after '\n'.
 */
class FragmentWalk {
  /** Of the step that it is at. */
  end = 0;
  width = 0;
  readonly #column: TokenColumn;
  readonly #metrics: Metrics;
  readonly #widths: CharacterWidths;
  /** The token that comes next, and where the one that the walk is in ends. */
  #next = 0;
  #tokenEnd = 0;

  constructor(column: TokenColumn, metrics: Metrics, widths: CharacterWidths) {
    this.#column = column;
    this.#metrics = metrics;
    this.#widths = widths;
  }

  next(): void {
    const start = this.end;
    let width = this.#metrics.padding;
    let least = 0;
    if (start === this.#tokenEnd) {
      const last = this.#goToTokenEnd();
      if (last === undefined) width = 0;
      else if (this.#column.isPartial(last)) width += this.#bytesWidth(last);
      else if (this.#metrics.ids) least = width + digits(this.#column.id(last)) * this.#metrics.smallCell;
    }
    const { text } = this.#column;
    let at = start;
    while (at < this.#tokenEnd) {
      const unit = text.charCodeAt(at);
      width += this.#widths.at(text, at, unit);
      at += unit >= 0xd800 && unit < 0xdc00 ? 2 : 1;
      if (unit === 0x0a) break;
    }
    this.end = Math.min(at, this.#tokenEnd);
    this.width = Math.max(width, least);
  }

  /** Goes to the end of the next token, or of those that share its characters. Gives the last of them, if any token is left. */
  #goToTokenEnd(): number | undefined {
    if (this.#next === this.#column.count) {
      this.#tokenEnd = this.#column.text.length; // white space that no token holds
      return undefined;
    }
    while (this.#column.has(this.#next, MARK.insideCharacter)) this.#next++;
    const last = this.#next++;
    this.#tokenEnd = this.#column.end(last);
    return last;
  }

  /** Tokens that hold a part of a character show their bytes beside it; `last` is the last of those that share it. */
  #bytesWidth(last: number): number {
    let width = 0;
    for (let index = last; index === last || this.#column.has(index, MARK.insideCharacter); index--) {
      width += this.#metrics.padding + (this.#column.bytes(index).length * 3 + 2) * this.#metrics.smallCell;
      if (index === 0) break;
    }
    return width;
  }
}

function digits(id: number): number {
  return id < 10 ? 1 : id < 100 ? 2 : id < 1000 ? 3 : id < 10_000 ? 4 : id < 100_000 ? 5 : 6;
}

/** Widths of characters as they are shown; each is measured once. */
class CharacterWidths {
  readonly #metrics: Metrics;
  readonly #measured = new Map<number, number>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  at(text: string, offset: number, unit: number): number {
    if (unit > 0x20 && unit < 0x7f) return this.#metrics.cell;
    const codePoint = text.codePointAt(offset)!;
    let width = this.#measured.get(codePoint);
    if (width === undefined) {
      width = this.#metrics.measure(glyphOf(String.fromCodePoint(codePoint)).text);
      this.#measured.set(codePoint, width);
    }
    return width;
  }
}
