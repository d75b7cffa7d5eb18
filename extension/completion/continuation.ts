/** What is left of an answer after further typing. */
import { closingIndex, missingClosers } from './brackets.ts';
import type { Snapshot } from './snapshot.ts';

/** What a model gave for a place: text to be put there, in place of `replace` units behind the cursor. */
export interface Answer {
  readonly text: string;
  readonly replace: number;
  /** Why the text is empty. */
  readonly nothing?: string | undefined;
}

/** A place as it is remembered: what stands on both sides, near the cursor. */
export interface Place {
  readonly uri: string;
  readonly offset: number;
  readonly before: string;
  readonly after: string;
}

/** How much of the text around a place tells it from others: about what a small model sees. */
const KEY_BEFORE = 4000;
const KEY_AFTER = 1000;

export function placeOf({ uri, offset, prefix, suffix }: Snapshot): Place {
  return {
    uri,
    offset,
    before: copied(prefix.slice(-KEY_BEFORE)),
    after: copied(suffix.slice(0, KEY_AFTER)),
  };
}

/**
 * What an answer for `place` still has to say at the cursor of `now`: the answer itself at the place; the rest of it where
 * the user has typed, or accepted, its beginning; undefined where it has nothing more to say. Brackets and quotes that the
 * editor has closed meanwhile, or that were typed over, are taken into account.
 */
export function continued(place: Place, answer: Answer, now: Snapshot): Answer | undefined {
  const count = now.offset - place.offset;
  if (place.uri !== now.uri || count < 0 || count > Math.min(answer.text.length, now.prefix.length))
    return undefined;
  const at = now.prefix.length - count;
  const typed = now.prefix.slice(at);
  if (!answer.text.startsWith(typed) || !now.prefix.endsWith(place.before, at)) return undefined;
  const change = changeAfter(place.after, now.suffix, answer.replace, typed);
  if (change === undefined) return undefined;
  if (answer.text === '') return count === 0 && change.added === '' ? answer : undefined;
  return remainder(answer.text.slice(count), answer.replace - change.overtyped, change.added, now.suffix);
}

/** How the text behind the cursor differs from the place's: closers at its head that are gone, or new ones. */
function changeAfter(
  after: string,
  suffix: string,
  replace: number,
  typed: string,
): { overtyped: number; added: string } | undefined {
  for (let overtyped = 0; overtyped <= replace; overtyped++) {
    if (isAfter(after, overtyped, suffix)) return { overtyped, added: '' };
  }
  const owed = missingClosers(typed);
  const blank = /^\s*/.exec(suffix)![0].length;
  if (owed === '' || !suffix.startsWith(owed, blank)) return undefined;
  const added = suffix.slice(0, blank + owed.length);
  return isAfter(after, 0, suffix.slice(added.length)) ? { overtyped: 0, added } : undefined;
}

/** Whether `suffix` is the place's text from `skip` on, as far as that is known. */
function isAfter(after: string, skip: number, suffix: string): boolean {
  const known = after.slice(skip);
  return after.length < KEY_AFTER ? suffix === known : suffix.startsWith(known);
}

/** The rest of a text, of which `added` stands behind the cursor already: closers, perhaps on a line of their own. */
function remainder(rest: string, replace: number, added: string, suffix: string): Answer | undefined {
  const answer = added === '' ? { text: rest, replace } : besides(rest, replace, added);
  return answer === undefined || answer.text === suffix.slice(0, answer.replace) ? undefined : answer;
}

function besides(rest: string, replace: number, added: string): Answer | undefined {
  const closes = closingIndex(rest, added.trimStart());
  // only what stands on the cursor's line can be replaced: a closer on a line of its own stays, and the text ends before it
  if (added.includes('\n')) {
    if (replace > 0) return undefined;
    return {
      text: closes < 0 ? rest : rest.slice(0, closes - added.trimStart().length + 1).trimEnd(),
      replace: 0,
    };
  }
  if (closes >= 0) return { text: rest, replace: replace + added.length };
  return replace > 0 ? undefined : { text: rest, replace: 0 };
}

/** A slice would keep the whole text that it is a slice of. */
function copied(slice: string): string {
  return Buffer.from(slice, 'utf16le').toString('utf16le');
}
