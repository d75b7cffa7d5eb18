/** Stretches of a document through its edits. Offsets and lengths are in UTF-16 units. */
import type { Range } from '../../webview/protocol/tokenizer.ts';

/** One edit: `length` units at `offset` gave way to `inserted` units. */
export interface Edit {
  readonly offset: number;
  readonly length: number;
  readonly inserted: number;
}

/** Where a range is after edits that were made at once, in offsets of before. It grows with what is typed in it or at its end. */
export function afterEdits(range: Range, edits: readonly Edit[]): Range {
  let { from, to } = range;
  // the last place first, so that the others' offsets hold
  for (const { offset, length, inserted } of [...edits].sort((a, b) => b.offset - a.offset)) {
    const end = offset + length;
    if (offset > to) continue;
    if (end <= from && !(offset === from && length === 0)) {
      from += inserted - length;
      to += inserted - length;
      continue;
    }
    const grown = to - Math.min(to, end) + offset + inserted;
    from = Math.min(from, offset);
    to = Math.max(from, grown);
  }
  return { from, to };
}

/** A text's beginning, without half a surrogate pair at its end. */
export function beginning(text: string, most: number): string {
  if (text.length <= most) return text;
  const last = text.charCodeAt(most - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? most - 1 : most);
}
