/** The text around a cursor, as far as a completion needs it. */

export interface Snapshot {
  readonly uri: string;
  /** Of the cursor in the document, in UTF-16 units. */
  readonly offset: number;
  /** The end of what stands before the cursor: all of it, or a window. */
  readonly prefix: string;
  /** The beginning of what stands after it. */
  readonly suffix: string;
}

/** Offsets beyond the document's end mean its end. */
export type ReadText = (from: number, to: number) => string;

/** The most that is read before and after the cursor: more than a small model's context holds. */
const BEFORE = 20_000;
const AFTER = 8_000;

/** The prefix begins at multiples of this, so that its head stays while one types. */
const STEP = 5_000;

/**
 * Reads a window of the document, whatever its size. The prefix is between 15,000 and 20,000 units long where there is
 * more, and begins with a line where one begins in the last step.
 */
export function snapshotAt(uri: string, offset: number, read: ReadText): Snapshot {
  const start = offset <= BEFORE ? 0 : Math.ceil((offset - BEFORE) / STEP) * STEP;
  return {
    uri,
    offset,
    prefix: start === 0 ? read(0, offset) : fromLineStart(read(start, offset)),
    suffix: wholeCharacters(read(offset, offset + AFTER)),
  };
}

/** What the snapshot becomes when `text` is put at its cursor in place of `replace` units behind it. */
export function withText({ uri, offset, prefix, suffix }: Snapshot, text: string, replace: number): Snapshot {
  return { uri, offset: offset + text.length, prefix: prefix + text, suffix: suffix.slice(replace) };
}

export function samePlace(a: Snapshot, b: Snapshot): boolean {
  return a.uri === b.uri && a.offset === b.offset && a.prefix === b.prefix && a.suffix === b.suffix;
}

/** The cursor's line, left of the cursor. */
export function lineBefore({ prefix }: Snapshot): string {
  return prefix.slice(prefix.lastIndexOf('\n') + 1);
}

/** The cursor's line, right of the cursor. */
export function lineAfter({ suffix }: Snapshot): string {
  const end = suffix.search(/\r?\n/);
  return end < 0 ? suffix : suffix.slice(0, end);
}

function fromLineStart(window: string): string {
  const lineStart = window.indexOf('\n') + 1;
  if (lineStart > 0 && lineStart <= STEP) return window.slice(lineStart);
  return /^[\uDC00-\uDFFF]/.test(window) ? window.slice(1) : window;
}

/** Without a surrogate at the end whose other half is cut off. */
function wholeCharacters(text: string): string {
  return /[\uD800-\uDBFF]$/.test(text) ? text.slice(0, -1) : text;
}
