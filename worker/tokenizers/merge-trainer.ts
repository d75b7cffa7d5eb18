import { AdjacentPairs, type SpelledWords } from './adjacent-pairs.ts';
import type { WordCounts } from './count-words.ts';
import { IdBuffer } from './id-buffer.ts';
import { encodeUtf8 } from './utf8.ts';

/** One learned merge. Ids 0..255 are the bytes' symbols; merge r makes id 256 + r. */
export interface LearnedMerge {
  readonly left: number;
  readonly right: number;
}

/**
 * Learns BPE merges from word counts, one at a time (Sennrich et al. 2016): always the most frequent pair of adjacent
 * symbols; of equally frequent ones the smaller left id, then the smaller right id, as Hugging Face's trainer. No two
 * merges make the same token: between ends that no merge has crossed, the same bytes have always merged alike.
 */
export class MergeTrainer {
  readonly #pairs: AdjacentPairs;
  /** Candidate pairs, greatest first. A count may be out of date, never too small. */
  readonly #heap: { pair: number; count: number }[] = [];
  #nextId = 256;
  readonly #minFrequency: number;

  /** `byteIds[byte]` is the id of each byte's symbol; pairs seen fewer than `minFrequency` times are not merged. */
  constructor(words: WordCounts, byteIds: Int32Array, minFrequency: number) {
    this.#minFrequency = minFrequency;
    this.#pairs = new AdjacentPairs(spell(words, byteIds));
    this.#queueFrom(0);
  }

  /** The next merge, applied to the whole corpus; undefined when no pair is left. */
  step(): LearnedMerge | undefined {
    const pair = this.#takeBest();
    if (pair === undefined) return undefined;
    const before = this.#pairs.table.size;
    this.#pairs.merge(pair, this.#nextId++);
    this.#queueFrom(before);
    return { left: this.#pairs.table.left(pair), right: this.#pairs.table.right(pair) };
  }

  /** The best candidate whose count is up to date. */
  #takeBest(): number | undefined {
    for (;;) {
      const top = this.#pop();
      if (top === undefined) return undefined;
      const count = this.#pairs.count(top.pair);
      if (count < this.#minFrequency) continue;
      if (count === top.count) return top.pair;
      this.#push({ pair: top.pair, count });
    }
  }

  /** Queues every pair first seen since there were `start` pairs: a known pair's count only ever falls. */
  #queueFrom(start: number): void {
    for (let pair = start; pair < this.#pairs.table.size; pair++) {
      const count = this.#pairs.count(pair);
      if (count >= this.#minFrequency) this.#push({ pair, count });
    }
  }

  #isBefore(a: { pair: number; count: number }, b: { pair: number; count: number }): boolean {
    if (a.count !== b.count) return a.count > b.count;
    const { table } = this.#pairs;
    const order = table.left(a.pair) - table.left(b.pair);
    return order !== 0 ? order < 0 : table.right(a.pair) < table.right(b.pair);
  }

  #push(item: { pair: number; count: number }): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(item, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = item;
  }

  #pop(): { pair: number; count: number } | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const item = heap.pop();
    if (top === undefined || item === undefined || heap.length === 0) return top;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && this.#isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!this.#isBefore(heap[child]!, item)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = item;
    return top;
  }
}

/** All words as symbols, one after another. */
function spell(words: WordCounts, byteIds: Int32Array): SpelledWords {
  const symbols = new IdBuffer(words.text.length * 2);
  const wordOf = new IdBuffer(words.text.length * 2);
  let bytes = new Int32Array(256);
  for (let word = 0; word < words.ends.length; word++) {
    const start = word === 0 ? 0 : words.ends[word - 1]!;
    const end = words.ends[word]!;
    if ((end - start) * 3 > bytes.length) bytes = new Int32Array((end - start) * 3);
    const length = encodeUtf8(words.text, start, end, bytes);
    for (let i = 0; i < length; i++) {
      symbols.push(byteIds[bytes[i]!]!);
      wordOf.push(word);
    }
  }
  return { symbols: symbols.toArray(), wordOf: wordOf.toArray(), counts: words.counts };
}
