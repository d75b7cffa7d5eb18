import type { PairTable } from './pair-table.ts';

/** Room for positions beside a rank in one exact double: rank * 2^32 + position. */
const RANK = 2 ** 32;

/**
 * Applies BPE merges to one word: always the pair of lowest rank, of equal ranks the leftmost, until none is left.
 * A heap of candidate pairs over a linked list of symbols makes it O(n log n) in the word's length.
 */
export class Merger {
  readonly #pairs: PairTable;
  readonly #merged: Int32Array;
  /** Neighbours of each symbol; -1 at the ends. */
  #next = new Int32Array(0);
  #previous = new Int32Array(0);
  /** Binary min-heap of rank * 2^32 + position of the pair's left symbol; entries may be out of date. */
  #heap = new Float64Array(0);
  #heapSize = 0;

  /** `pairs` has the merges in order of rank; `merged[rank]` is the id that a merge makes. */
  constructor(pairs: PairTable, merged: Int32Array) {
    this.#pairs = pairs;
    this.#merged = merged;
  }

  /**
   * Merges symbols[0..length) in place and returns how many are left. `onMerge` hears of each merge: its rank, and
   * the index that its left symbol had in the unmerged word.
   */
  merge(symbols: Int32Array, length: number, onMerge?: (rank: number, position: number) => void): number {
    if (length < 2) return length;
    this.#start(symbols, length);
    const next = this.#next;
    const previous = this.#previous;
    while (this.#heapSize > 0) {
      const key = this.#pop();
      const rank = Math.floor(key / RANK);
      const position = key - rank * RANK;
      const right = next[position]!;
      // The pair may have gone since it was queued: a merge took one of its symbols.
      if (right < 0 || symbols[position]! < 0 || this.#rankAt(symbols, position) !== rank) continue;
      symbols[position] = this.#merged[rank]!;
      symbols[right] = -1;
      const after = next[right]!;
      next[position] = after;
      if (after >= 0) previous[after] = position;
      onMerge?.(rank, position);
      this.#queue(symbols, position);
      if (previous[position]! >= 0) this.#queue(symbols, previous[position]!);
    }
    let left = 0;
    for (let i = 0; i >= 0; i = next[i]!) symbols[left++] = symbols[i]!;
    return left;
  }

  #start(symbols: Int32Array, length: number): void {
    if (length > this.#next.length) {
      const room = Math.max(length, 256);
      this.#next = new Int32Array(room);
      this.#previous = new Int32Array(room);
      this.#heap = new Float64Array(room * 2); // of fewer than `length` merges, each takes one entry and adds two
    }
    this.#heapSize = 0;
    for (let i = 0; i < length; i++) {
      this.#next[i] = i + 1 < length ? i + 1 : -1;
      this.#previous[i] = i - 1;
    }
    for (let i = 0; i + 1 < length; i++) this.#queue(symbols, i);
  }

  #rankAt(symbols: Int32Array, position: number): number {
    return this.#pairs.find(symbols[position]!, symbols[this.#next[position]!]!);
  }

  /** Queues the pair that starts at `position`, if a merge for it exists. */
  #queue(symbols: Int32Array, position: number): void {
    if (this.#next[position]! < 0) return;
    const rank = this.#rankAt(symbols, position);
    if (rank >= 0) this.#push(rank * RANK + position);
  }

  #push(key: number): void {
    const heap = this.#heap;
    let at = this.#heapSize++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]! <= key) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = key;
  }

  #pop(): number {
    const heap = this.#heap;
    const top = heap[0]!;
    const key = heap[--this.#heapSize]!;
    const size = this.#heapSize;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && heap[child + 1]! < heap[child]!) child++;
      if (heap[child]! >= key) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = key;
    return top;
  }
}
