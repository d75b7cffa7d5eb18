import { editDistance } from '../../base/edit-distance.ts';
import { isBlank, leadOf, wordCharacters } from './lines.ts';
import type { Place } from './place.ts';

/** A line that says less may well come twice. */
const LEAST_WORD_CHARACTERS = 2;

/** So long a line is the one below wherever it is indented. */
const LONG_LINE = 16;

/** Several lines are those below if so small a share of their characters differs. */
const DIFFERENCE = 0.1;

/**
 * Ends before a line that is the next one below the cursor, or before as many lines as are known from there that
 * differ little from those.
 */
export function nextLine(text: string, { line, below }: Place, ended: boolean): number | undefined {
  const [next] = below;
  if (next === undefined || !(ended || text.endsWith('\n'))) return undefined;
  const lines = text.split('\n');
  const whole = [line + lines[0]!, ...lines.slice(1)].map((each, index) => ({ each, index }));
  const filled = whole.slice(0, ended ? undefined : -1).filter(({ each }) => !isBlank(each));
  const tail = filled.slice(-below.length);
  const isTail =
    below.length > 1 &&
    tail.length === below.length &&
    areAlike(
      tail.map(({ each }) => each),
      below,
    );
  const found = filled.find(({ each }) => isSame(each, next)) ?? (isTail ? tail[0] : undefined);
  return found && lines.slice(0, found.index).join('\n').length;
}

function isSame(line: string, next: string): boolean {
  if (line.trim() !== next.trim() || wordCharacters(next) < LEAST_WORD_CHARACTERS) return false;
  return leadOf(line) === leadOf(next) || next.trim().length >= LONG_LINE;
}

function areAlike(lines: readonly string[], others: readonly string[]): boolean {
  const [a, b] = [lines, others].map((each) => each.map((line) => line.trim()).join('\n')) as [
    string,
    string,
  ];
  if (wordCharacters(b) < LONG_LINE) return false;
  return editDistance(a, b) <= DIFFERENCE * Math.max(a.length, b.length);
}
