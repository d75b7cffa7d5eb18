/**
 * Ids in descending order of score, equal scores by id, ranked as far as they are asked for: a binary heap, built in
 * O(V), then O(log V) an id. Ids whose score is -infinity are left out.
 */
export class Ranking {
  readonly #scores: Float32Array;
  readonly #heap: Int32Array;
  #size = 0;

  constructor(scores: Float32Array) {
    this.#scores = scores;
    this.#heap = new Int32Array(scores.length);
    for (let id = 0; id < scores.length; id++) if (scores[id]! > -Infinity) this.#heap[this.#size++] = id;
    for (let at = (this.#size >> 1) - 1; at >= 0; at--) this.#sink(at);
  }

  /** The next id, or undefined after the last. */
  next(): number | undefined {
    if (this.#size === 0) return undefined;
    const best = this.#heap[0]!;
    this.#heap[0] = this.#heap[--this.#size]!;
    this.#sink(0);
    return best;
  }

  #before(a: number, b: number): boolean {
    const difference = this.#scores[a]! - this.#scores[b]!;
    return difference > 0 || (difference === 0 && a < b);
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const id = heap[from]!;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && this.#before(heap[child + 1]!, heap[child]!)) child++;
      if (!this.#before(heap[child]!, id)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = id;
  }
}
