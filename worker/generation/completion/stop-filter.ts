import type { Place } from './place.ts';
import type { StopRule } from './result.ts';
import { findStop } from './rules.ts';

/** Ends a streamed completion by the rules, at the same character however the stream is cut into pieces. */
export class StopFilter {
  readonly #place: Place;
  #text = '';
  #rule: StopRule | undefined;

  constructor(place: Place) {
    this.#place = place;
  }

  /** What there is to keep. Line breaks are '\n'. */
  get text(): string {
    return this.#text;
  }

  /** The rule that has ended it. */
  get rule(): StopRule | undefined {
    return this.#rule;
  }

  /** Takes a further piece, unless a rule has ended it, and says whether one has now. */
  push(piece: string): boolean {
    for (const char of piece) {
      if (this.#rule !== undefined) break;
      if (char === '\r') continue;
      this.#text += char;
      this.#apply(false);
    }
    return this.#rule !== undefined;
  }

  /** Says that no more comes, so that the last line is whole. */
  end(): void {
    if (this.#rule === undefined) this.#apply(true);
  }

  #apply(ended: boolean): void {
    const stop = findStop(this.#text, this.#place, ended);
    if (stop === undefined) return;
    this.#text = this.#text.slice(0, stop.keep);
    this.#rule = stop.rule;
  }
}
