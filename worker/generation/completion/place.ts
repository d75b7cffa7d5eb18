/** The place of a completion in its file, as the rules see it. */
import { indentUnit, isBlank, opensBlock } from './lines.ts';
import { type Nesting, owedClosers, readCode } from './nesting.ts';

export interface PlaceInput {
  /** The file before the cursor, and after it. */
  readonly prefix: string;
  readonly suffix: string;
  /** One level of indentation: '\t' or some spaces; default: what the file has. */
  readonly indent?: string | undefined;
  /** How far the completion goes; 'auto' (default) decides by where the cursor stands. */
  readonly lines?: 'auto' | 'single' | 'multi' | undefined;
}

export interface Place {
  /** The cursor's line before the cursor, and after it. */
  readonly line: string;
  readonly rest: string;
  /** Whether `rest` is only what closes: brackets, quotes, and the `;` `,` `:` after them. */
  readonly restCloses: boolean;
  /** Lines above the cursor's that are not blank, the nearest last. */
  readonly above: readonly string[];
  /** The first lines below the cursor's that are not blank. */
  readonly below: readonly string[];
  /** One level of indentation; undefined where nothing says so. */
  readonly unit: string | undefined;
  /** Whether several lines fit here. */
  readonly several: boolean;
  /** What is open at the cursor. */
  readonly nesting: Nesting;
  /** Closers that the file lacks, innermost first. */
  readonly owed: readonly string[];
}

/** What is looked at around the cursor, in UTF-16 units. */
const LOOK_BACK = 20_000;
const LOOK_AHEAD = 6_000;

const LINES_ABOVE = 24;
const LINES_BELOW = 3;

export function placeOf({ prefix, suffix, indent, lines = 'auto' }: PlaceInput): Place {
  const before = withPlainBreaks(prefix.length > LOOK_BACK ? fromNextLine(prefix.slice(-LOOK_BACK)) : prefix);
  const after = withPlainBreaks(suffix.slice(0, LOOK_AHEAD));
  const [line, ...upward] = before.split('\n').reverse() as [string, ...string[]];
  const [rest, ...downward] = after.split('\n') as [string, ...string[]];
  const { nesting } = readCode(before);
  return {
    line,
    rest,
    restCloses: /^[\s)\]}'"`;,:]*$/.test(rest) && !isBlank(rest),
    above: firstFilled(upward, LINES_ABOVE).reverse(),
    below: firstFilled(downward, LINES_BELOW),
    unit: indent ?? indentUnit([`${line}${rest}.`, ...upward, ...downward]),
    several: lines === 'auto' ? mayBranchOut(line, rest, nesting) : lines === 'multi',
    nesting,
    owed: owedClosers(nesting, after, suffix.length <= LOOK_AHEAD),
  };
}

/** Several lines fit at the end of a line that is blank or opens a block, outside of comments and strings. */
function mayBranchOut(line: string, rest: string, { closers, comment }: Nesting): boolean {
  const isCode = comment === '' && !/["'`]$/.test(closers.at(-1) ?? '');
  return isCode && isBlank(rest) && (isBlank(line) || opensBlock(line));
}

function firstFilled(lines: readonly string[], count: number): string[] {
  const found: string[] = [];
  for (const line of lines) {
    if (found.length === count) break;
    if (!isBlank(line)) found.push(line);
  }
  return found;
}

function fromNextLine(text: string): string {
  return text.slice(text.indexOf('\n') + 1);
}

function withPlainBreaks(text: string): string {
  return text.replaceAll('\r\n', '\n');
}
