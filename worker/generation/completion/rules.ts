/**
 * The rules that end a completion. Each looks at the text so far and says how much of it to keep once it is to end;
 * `ended` says that no more comes, so that the last line is all there. Pure functions of text and place.
 */
import { closingsOf } from './closings.ts';
import { dedent } from './dedent.ts';
import { isBlank, isBoundary, wordCharacters } from './lines.ts';
import { readCode } from './nesting.ts';
import { nextLine } from './next-line.ts';
import type { Place } from './place.ts';
import { repetition } from './repetition.ts';
import { STOP_RULES, type StopRule } from './result.ts';

export type Rule = (text: string, place: Place, ended: boolean) => number | undefined;

/** Line breaks that a completion has at most. */
const MOST_LINE_BREAKS = 20;

/** Less than this behind the cursor may well come in a completion. */
const SHORTEST_REST = 3;

const RULES: Readonly<Record<StopRule, Rule>> = {
  'line end': lineEnd,
  'blank line': blankLine,
  unprintable,
  'rest of line': restOfLine,
  'next line': nextLine,
  brackets: (text, place) => closingsOf(text, place).surplus,
  dedent,
  repetition,
  'too many lines': tooManyLines,
};

export interface Stop {
  readonly rule: StopRule;
  /** UTF-16 units of the text to keep. */
  readonly keep: number;
}

/** The rule that keeps the least of a text; undefined while none ends it. */
export function findStop(text: string, place: Place, ended: boolean): Stop | undefined {
  let found: Stop | undefined;
  for (const rule of STOP_RULES) {
    const keep = RULES[rule](text, place, ended);
    if (keep !== undefined && (found === undefined || keep < found.keep)) found = { rule, keep };
  }
  return found;
}

function lineEnd(text: string, { several }: Place): number | undefined {
  return several ? undefined : found(text.indexOf('\n'));
}

/** A blank line after code, outside of brackets that the text itself has open; or blank lines only. */
function blankLine(text: string, { nesting }: Place): number | undefined {
  if (/^([ \t]*\n){3}/.test(text)) return 0;
  for (const { index } of text.matchAll(/\n[ \t]*(?=\n)/g)) {
    const before = text.slice(0, index);
    const read = readCode(before, nesting);
    if (!isBlank(before) && read.nesting.closers.length <= read.inherited) return index;
  }
  return undefined;
}

/** Control characters, and bytes that are no character. */
function unprintable(text: string): number | undefined {
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  return found(text.search(/[\0-\x08\x0b-\x1f\x7f\uFFFD]/));
}

/** What stands behind the cursor on its line, where that is more than closers. */
function restOfLine(text: string, { rest, restCloses }: Place, ended: boolean): number | undefined {
  const wanted = rest.trim();
  if (restCloses || wanted.length < SHORTEST_REST || wordCharacters(wanted) === 0) return undefined;
  const line = text.split('\n', 1)[0]!;
  const isWhole = ended || line.length < text.length;
  for (let at = line.indexOf(wanted); at >= 0; at = line.indexOf(wanted, at + 1)) {
    const end = at + wanted.length;
    if (end === line.length && !isWhole) return undefined;
    if (isBoundary(line, at) && isBoundary(line, end)) return at;
  }
  return undefined;
}

function tooManyLines(text: string): number | undefined {
  let at = -1;
  for (let lines = 0; lines < MOST_LINE_BREAKS + 1; lines++) {
    at = text.indexOf('\n', at + 1);
    if (at < 0) return undefined;
  }
  return at;
}

function found(index: number): number | undefined {
  return index < 0 ? undefined : index;
}
