import type { Part } from './split.ts';

/** Characters that are taken in one place: long enough for the words of a file to come up as often as they do there. */
const PIECE = 1 << 16;

/**
 * About `characters` of the text of some parts, in pieces spread evenly over it; the parts themselves if they have no
 * more than that.
 */
export function sampleParts(parts: readonly Part[], characters: number): readonly Part[] {
  const total = countCharacters(parts);
  if (total <= characters) return parts;
  const pieces = Math.max(1, Math.floor(characters / PIECE));
  return Array.from({ length: pieces }, (_, i) => {
    const start = Math.floor((i * total) / pieces);
    return slice(parts, start, start + Math.min(PIECE, Math.floor(total / pieces)));
  }).flat();
}

/** UTF-16 units of all parts. */
export function countCharacters(parts: readonly Part[]): number {
  return parts.reduce((sum, { start, end }) => sum + end - start, 0);
}

/** What lies from character `from` to `to` of the parts, taken one after another. */
function slice(parts: readonly Part[], from: number, to: number): Part[] {
  const found: Part[] = [];
  let before = 0;
  for (const { document, start, end } of parts) {
    const first = Math.max(start, start + from - before);
    const last = Math.min(end, start + to - before);
    if (first < last) found.push({ document, start: first, end: last });
    before += end - start;
  }
  return found;
}
