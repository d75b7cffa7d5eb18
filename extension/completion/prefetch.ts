/** What follows a suggestion, worked out while the user reads it. */
import type { Clock } from './clock.ts';
import type { Answer } from './continuation.ts';
import { lineAfter, lineBefore, samePlace, type Snapshot, withText } from './snapshot.ts';

/** Ms without a key before the machine counts as idle. */
const IDLE = 150;

/** Finds or makes an answer; undefined where there is none. */
export type Find = (place: Snapshot, signal: AbortSignal) => Promise<Answer | undefined>;

interface Job {
  readonly canceller: AbortController;
  readonly first: Snapshot;
  place: Snapshot;
}

/** Works ahead at one place at a time. */
export class Prefetch {
  readonly #clock: Clock;
  #job: Job | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Finds an answer for the first place; for each further place if there is nothing to say at the one before. */
  start(places: readonly [Snapshot, ...Snapshot[]], find: Find): void {
    const [first] = places;
    if (this.#job !== undefined && samePlace(this.#job.first, first)) return;
    this.cancel();
    const job = { canceller: new AbortController(), first, place: first };
    this.#job = job;
    void this.#work(places, find, job).finally(() => {
      if (this.#job === job) this.#job = undefined;
    });
  }

  /** Ends the work, unless it is for this place. */
  cancel(unlessFor?: Snapshot): void {
    if (this.#job === undefined || (unlessFor !== undefined && samePlace(this.#job.place, unlessFor))) return;
    this.#job.canceller.abort();
    this.#job = undefined;
  }

  async #work(places: readonly Snapshot[], find: Find, job: Job): Promise<void> {
    const { signal } = job.canceller;
    if (!(await this.#clock.sleep(IDLE, signal))) return;
    for (const place of places) {
      job.place = place;
      const answer = await find(place, signal);
      if (signal.aborted || answer?.text !== '') return;
    }
  }
}

/** Where the cursor will be if a suggestion is accepted, and if Enter is pressed after it. */
export function placesAfter(
  snapshot: Snapshot,
  { text, replace }: Answer,
  { eol, indent = '' }: { readonly eol: string; readonly indent: string | undefined },
): readonly [Snapshot, ...Snapshot[]] {
  const accepted = withText(snapshot, text, replace);
  if (lineAfter(accepted).trim() !== '') return [accepted];
  const line = lineBefore(accepted);
  const deeper = /[([{:]\s*$/.test(line) ? indent : '';
  return [accepted, withText(accepted, eol + /^[ \t]*/.exec(line)![0] + deeper, 0)];
}
