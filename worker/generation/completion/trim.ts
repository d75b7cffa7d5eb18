/** A finished completion made fit to be shown. Pure. */
import { fitIndentation } from './indentation.ts';
import { isBlank, isBoundary, wordCharacters } from './lines.ts';
import { leaveOutOverlap } from './overlap.ts';
import type { Place } from './place.ts';
import type { Completion, CompletionReason, Nothing } from './result.ts';

export type Trimmed = Pick<Completion, 'text' | 'replace' | 'nothing'>;

/** What a completion shows at least, in characters that are no white space. */
const SHORTEST = 2;

/** The first of the two units that UTF-16 takes for some characters, at the end. */
const HALF_CHARACTER = /[\uD800-\uDBFF]$/;

/** A line that says less may well follow itself. */
const LEAST_WORD_CHARACTERS = 6;

/** Why a completion is empty that a rule or the model has ended before it began; 'blank' where it is not listed. */
const EMPTIED: Partial<Record<CompletionReason, Nothing>> = {
  length: 'unfinished',
  budget: 'unfinished',
  'rest of line': 'repeats what follows',
  'next line': 'repeats what follows',
  brackets: 'repeats what follows',
  dedent: 'leaves the block',
  repetition: 'repetition',
};

/** Trims a text that ended for `reason`: whole words and lines, the file's indentation, nothing that is there already. */
export function trimCompletion(text: string, reason: CompletionReason, place: Place): Trimmed {
  if (reason === 'cancelled') return nothing('cancelled');
  if (isBlank(text)) return nothing(EMPTIED[reason] ?? 'blank');
  const whole = reason === 'length' || reason === 'budget' ? wholePart(text, place.several) : text;
  if (isBlank(whole)) return nothing('unfinished');
  const fitted = fitIndentation(whole, place).replace(HALF_CHARACTER, '');
  if (repeatsAbove(fitted, place)) return nothing('repeats what is above');
  const { text: rest, replace } = leaveOutOverlap(fitted.trimEnd(), place);
  if (isBlank(rest)) return nothing('repeats what follows');
  if (rest.replaceAll(/\s/g, '').length < SHORTEST) return nothing('too short');
  const isJoined = replace === 0 && !isBoundary(rest + place.rest, rest.length);
  return { text: isJoined && /\s$/.test(fitted) ? `${rest} ` : rest, replace };
}

function nothing(why: Nothing): Trimmed {
  return { text: '', replace: 0, nothing: why };
}

/** Of a text that was broken off, the whole lines, or else the first line's whole words. */
function wholePart(text: string, several: boolean): string {
  const lines = text.split('\n');
  const isWhole = /[;{},]\s*$/.test(lines.at(-1)!);
  const whole = (isWhole ? lines : lines.slice(0, -1)).join('\n');
  if (several && !isBlank(whole)) return whole;
  return text.replace(/[\p{L}\p{N}_$]+$/u, '');
}

/** Whether the line above comes once more, or as many lines above as there are. */
function repeatsAbove(text: string, { line, above }: Place): boolean {
  const lines = (line + text).split('\n').filter((each) => !isBlank(each));
  return [1, lines.length].some((count) => {
    const own = lines.slice(0, count).map((each) => each.trim());
    const others = above.slice(-count).map((each) => each.trim());
    return wordCharacters(own.join('')) >= LEAST_WORD_CHARACTERS && own.join('\n') === others.join('\n');
  });
}
