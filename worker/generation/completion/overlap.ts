import { closingsOf } from './closings.ts';
import { isBlank, isBoundary, opensBlock } from './lines.ts';
import { readCode } from './nesting.ts';
import type { Place } from './place.ts';

/**
 * A completion and what stands behind the cursor, without what both have: the end of the text goes if the line goes on
 * with it; closers in the middle of the text take the place of those behind the cursor.
 */
export function leaveOutOverlap(text: string, place: Place): { text: string; replace: number } {
  const { rest } = place;
  const { repeated, repeatedFrom } = closingsOf(text, place);
  const shared = overlap(text, rest, repeatedFrom);
  if (shared > 0) return { text: text.slice(0, -shared).trimEnd(), replace: 0 };
  if (repeated === 0) return { text, replace: 0 };
  if (opensBlock(text)) return { text, replace: rest.trimEnd().length };
  const further = overlap(text, rest.slice(repeated), text.length);
  return { text: text.slice(0, text.length - further), replace: repeated };
}

/**
 * Units at the end of a text that `rest` begins with. Closers count where they close what was open before the text,
 * which is from `closesFrom` on; of words only whole ones do.
 */
function overlap(text: string, rest: string, closesFrom: number): number {
  for (let length = Math.min(text.length, rest.length); length > 0; length--) {
    const from = text.length - length;
    const head = rest.slice(0, length);
    if (!text.endsWith(head) || isBlank(head)) continue;
    const isCode = closesFrom < text.length ? from === closesFrom : isComplete(head);
    if (isCode && isBoundary(text, from) && isBoundary(rest, length)) return length;
  }
  return 0;
}

/** Whether nothing in a piece of code closes what is open before it, and no string begins in it that does not end. */
function isComplete(code: string): boolean {
  const { nesting, unmatched } = readCode(code);
  return unmatched.length === 0 && nesting.closers.length === 0;
}
