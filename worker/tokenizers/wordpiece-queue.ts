/**
 * Pairs by score, of the same score by count, the best on top: a binary heap that knows where each pair is, so that scores
 * can rise and fall. What it goes by is what it was told last, so that its order holds while counts change.
 */
export class PairQueue {
  readonly #heap: number[] = [];
  /** By pair: its place in the heap, -1 if it is not there, its score and its count. */
  readonly #places: number[] = [];
  readonly #scores: number[] = [];
  readonly #counts: number[] = [];
  readonly #winsTie: (a: number, b: number) => boolean;

  /** `winsTie` says whether pair a goes before pair b of the same score and count; always the same. */
  constructor(winsTie: (a: number, b: number) => boolean) {
    this.#winsTie = winsTie;
  }

  get best(): number | undefined {
    return this.#heap[0];
  }

  /** Adds a pair, or moves it to where its new score belongs. */
  set(pair: number, score: number, count: number): void {
    while (this.#places.length <= pair) {
      this.#places.push(-1);
      this.#scores.push(0);
      this.#counts.push(0);
    }
    this.#scores[pair] = score;
    this.#counts[pair] = count;
    if (this.#places[pair] === -1) {
      this.#places[pair] = this.#heap.length;
      this.#heap.push(pair);
    }
    this.#settle(pair);
  }

  delete(pair: number): void {
    const place = this.#places[pair] ?? -1;
    if (place < 0) return;
    this.#places[pair] = -1;
    const last = this.#heap.pop()!;
    if (last === pair) return;
    this.#heap[place] = last;
    this.#places[last] = place;
    this.#settle(last);
  }

  /** Moves a pair up or down to where it belongs. */
  #settle(pair: number): void {
    const heap = this.#heap;
    let at = this.#places[pair]!;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(pair, heap[parent]!)) break;
      this.#put(heap[parent]!, at);
      at = parent;
    }
    for (let child = 2 * at + 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && this.#isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!this.#isBefore(heap[child]!, pair)) break;
      this.#put(heap[child]!, at);
      at = child;
    }
    this.#put(pair, at);
  }

  #put(pair: number, place: number): void {
    this.#heap[place] = pair;
    this.#places[pair] = place;
  }

  #isBefore(a: number, b: number): boolean {
    const order = this.#scores[a]! - this.#scores[b]! || this.#counts[a]! - this.#counts[b]!;
    return order !== 0 ? order > 0 : this.#winsTie(a, b);
  }
}
