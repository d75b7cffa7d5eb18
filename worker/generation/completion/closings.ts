/** What a completion closes that was open before it. */
import { readCode } from './nesting.ts';
import type { Place } from './place.ts';

export interface Closings {
  /** Where the first closer stands that nothing asks for; undefined where there is none. */
  readonly surplus: number | undefined;
  /** Units of the rest of the cursor's line that the text has closed itself, */
  readonly repeated: number;
  /** and where in the text it began to. */
  readonly repeatedFrom: number;
}

/**
 * Matches the closers of a text that it has not opened itself with those that stand right behind the cursor, where
 * nothing but closers stands there, and with those that the file lacks.
 */
export function closingsOf(text: string, { nesting, owed, rest, restCloses }: Place): Closings {
  let repeated = 0;
  let repeatedFrom = text.length;
  let paid = 0;
  for (const { closer, at, clean } of readCode(text, nesting).unmatched) {
    const next = restCloses ? nextFilled(rest, repeated) : rest.length;
    if (clean && rest.startsWith(closer, next)) {
      repeatedFrom = Math.min(repeatedFrom, at);
      repeated = next + closer.length;
    } else if (clean && owed[paid] === closer) paid++;
    else return { surplus: at, repeated, repeatedFrom };
  }
  return { surplus: undefined, repeated, repeatedFrom };
}

/** The offset of what is no white space, from an offset on. */
function nextFilled(text: string, from: number): number {
  const found = text.slice(from).search(/\S/);
  return found < 0 ? text.length : from + found;
}
