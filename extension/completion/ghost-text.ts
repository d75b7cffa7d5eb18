/** The suggestion on the screen: what the user does with it, seen from the edits of its document. */
import type { Edit } from './edits.ts';
import type { Snapshot } from './snapshot.ts';

/** A suggestion in a document: text at a place that moves on as the user types along. */
export interface Ghost {
  readonly id: number;
  readonly uri: string;
  readonly offset: number;
  readonly text: string;
  /** When its first character was shown. */
  readonly since: number;
}

export interface GhostEvents {
  /** Gone from the screen; `taken`: written to its end. */
  onEnd(ghost: Ghost, taken: boolean): void;
  /** The editor has put in a part of it: a word or a line. */
  onPart(ghost: Ghost, part: string): void;
}

/**
 * Follows one suggestion. Editors tell extensions when one is accepted as a whole; a part that is accepted shows only in
 * the text: several characters at once that go along with the suggestion.
 */
export class GhostText {
  readonly #events: GhostEvents;
  #ghost: Ghost | undefined;
  #last: Ghost | undefined;
  #ids = 0;

  constructor(events: GhostEvents) {
    this.#events = events;
  }

  /** Shows a text at a cursor; the rest of what is on the screen is the same suggestion. Returns its number. */
  show({ uri, offset }: Snapshot, text: string, now: number): number {
    const shown = this.#ghost;
    if (shown?.uri === uri && shown.offset === offset && shown.text === text) return shown.id;
    this.end();
    this.#ghost = { id: ++this.#ids, uri, offset, text, since: now };
    return this.#ghost.id;
  }

  /** Tells of an edit; false: it has put an end to the suggestion, otherwise than by writing it. */
  edit(uri: string, edit: Edit): boolean {
    const ghost = this.#ghost;
    if (ghost?.uri !== uri) return true;
    const put = along(ghost, edit);
    if (put === undefined) {
      this.end();
      return false;
    }
    const rest = ghost.text.slice(put.length);
    if (rest === '') {
      this.#finish(ghost, true);
      return true;
    }
    this.#ghost = { ...ghost, offset: ghost.offset + put.length, text: rest };
    if (isPart(put)) this.#events.onPart(ghost, put);
    return true;
  }

  /** The suggestion that is or was last on the screen, if it has this number: as it was before it was accepted. */
  accepted(id: number): Ghost | undefined {
    if (this.#ghost?.id === id) this.#finish(this.#ghost, true);
    if (this.#last?.id !== id) return undefined;
    const accepted = this.#last;
    this.#last = undefined;
    return accepted;
  }

  /** It is no longer on the screen. */
  end(): void {
    if (this.#ghost !== undefined) this.#finish(this.#ghost, false);
  }

  #finish(ghost: Ghost, taken: boolean): void {
    this.#ghost = undefined;
    this.#last = ghost;
    this.#events.onEnd(ghost, taken);
  }
}

/** Pairs that an editor writes when one types an opener. */
const PAIR = /^[([{"'`][)\]}"'`]$/;

/** What an edit has put in of a suggestion; undefined where it does not go along with it. */
function along(ghost: Ghost, { offset, length, text }: Edit): string | undefined {
  // an editor that accepts a part may write what stands before the cursor once more
  const again = ghost.offset - offset;
  if (again < 0 || length < again || text.length <= again) return undefined;
  const put = text.slice(again);
  if (ghost.text.startsWith(put)) return put;
  return PAIR.test(put) && ghost.text.startsWith(put[0]!) ? put[0] : undefined;
}

/** More than a key puts in: a key gives one character, a pair of brackets, or a line break and its indentation. */
function isPart(put: string): boolean {
  return !/^.$/su.test(put) && !PAIR.test(put) && !/^\r?\n[ \t]*$/.test(put);
}
