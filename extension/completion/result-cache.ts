/** Answers of the model, found again while the user types along them. */
import { type Answer, continued, type Place, placeOf } from './continuation.ts';
import type { Snapshot } from './snapshot.ts';

interface Entry {
  readonly model: string;
  readonly place: Place;
  readonly answer: Answer;
}

/**
 * The answers that were used last, by model and place. A lookup finds an answer for the cursor's very place, or one that was made
 * some characters earlier and begins with what was typed since: so typing along a suggestion, accepting a word of it and
 * deleting again need no model.
 */
export class ResultCache {
  readonly #limit: number;
  /** The one used last at the end. */
  readonly #entries = new Set<Entry>();

  constructor(limit = 250) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#entries.size;
  }

  put(model: string, snapshot: Snapshot, answer: Answer): void {
    const place = placeOf(snapshot);
    for (const entry of this.#entries) {
      if (entry.model === model && samePlace(entry.place, place)) this.#entries.delete(entry);
    }
    this.#entries.add({ model, place, answer });
    const [oldest] = this.#entries;
    if (this.#entries.size > this.#limit) this.#entries.delete(oldest!);
  }

  /** The answer that was made nearest to the cursor, as far as it is not written yet. */
  find(model: string, now: Snapshot): Answer | undefined {
    let best: { entry: Entry; answer: Answer } | undefined;
    for (const entry of this.#entries) {
      if (entry.model !== model || entry.place.offset < (best?.entry.place.offset ?? 0)) continue;
      const answer = continued(entry.place, entry.answer, now);
      if (answer !== undefined) best = { entry, answer };
    }
    if (best === undefined) return undefined;
    this.#entries.delete(best.entry);
    this.#entries.add(best.entry);
    return best.answer;
  }

  clear(): void {
    this.#entries.clear();
  }
}

function samePlace(a: Place, b: Place): boolean {
  return a.uri === b.uri && a.offset === b.offset && a.before === b.before && a.after === b.after;
}
