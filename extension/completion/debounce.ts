/** How long to wait after a key before the model is asked. */

export interface Moment {
  readonly now: number;
  /** When the last key was typed. */
  readonly keyAt: number;
  /** Left of the cursor, on its line. */
  readonly lineBefore: string;
}

/** Gaps between keys that are longer say nothing about typing. */
const LONGEST_GAP = 1000;
const GAPS = 20;

/** The wait of someone whose pace is not known yet, or is out of the ordinary. */
const USUAL_GAP = 200;
const SHORTEST_WAIT = 100;
const LONGEST_WAIT = 400;

/** Waits of a typing pause, in gaps between keys; more after each run that a key has cancelled. */
const PATIENCE = 1.5;
const MORE_PATIENCE = 0.5;
const MOST_CANCELLED = 3;

/** A share of the wait is enough after a character that ends a word: people pause there. */
const AFTER_SYMBOL = 0.6;

/** Weight of the newest answer in the mean time of an answer. */
const NEWEST = 0.3;

/**
 * Waits for a pause in the typing only where the model is slower than the typing: if its answer is there before the next key,
 * there is no wait. After Tabby's rule (clients/tabby-agent, codeCompletion/debouncer), in which every request waits.
 */
export class Debounce {
  readonly #gaps: number[] = [];
  #lastKey = -Infinity;
  #answerMs = 0;
  #cancelled = 0;

  key(at: number): void {
    const gap = at - this.#lastKey;
    this.#lastKey = at;
    if (gap > LONGEST_GAP) return;
    this.#gaps.push(gap);
    if (this.#gaps.length > GAPS) this.#gaps.shift();
  }

  /** The model has answered a request. */
  answered(ms: number): void {
    this.#answerMs = this.#answerMs === 0 ? ms : NEWEST * ms + (1 - NEWEST) * this.#answerMs;
    this.#cancelled = 0;
  }

  /** A key came before the answer. */
  cancelled(runMs: number): void {
    this.#answerMs = Math.max(this.#answerMs, runMs);
    this.#cancelled = Math.min(this.#cancelled + 1, MOST_CANCELLED);
  }

  /** Milliseconds from now. */
  wait({ now, keyAt, lineBefore }: Moment): number {
    const gap = this.#typingGap();
    if (lineBefore.trim() === '' || this.#answerMs < gap - (now - keyAt)) return 0;
    const patience = gap * (PATIENCE + MORE_PATIENCE * this.#cancelled);
    const share = /\W$/.test(lineBefore) ? AFTER_SYMBOL : 1;
    const wait = Math.min(LONGEST_WAIT, Math.max(SHORTEST_WAIT, patience * share));
    return Math.max(0, wait - (now - keyAt));
  }

  #typingGap(): number {
    if (this.#gaps.length === 0) return USUAL_GAP;
    return this.#gaps.reduce((sum, gap) => sum + gap, 0) / this.#gaps.length;
  }
}
