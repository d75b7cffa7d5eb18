import type { WordCounts } from './count-words.ts';
import { IdBuffer } from './id-buffer.ts';
import { PairTable } from './pair-table.ts';
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
 *
 * Every position where a pair stands is kept in that pair's list, so a merge costs the places it changes. Lists are
 * doubly linked through arrays, hence exact: a position is in the list of the one pair that starts there.
 */
export class MergeTrainer {
  /** The symbol at each position, -1 once merged into its left neighbour. */
  readonly #symbols: Int32Array;
  /** Neighbouring positions within the word; -1 at its ends. */
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  /** Which word a position is in. */
  readonly #wordOf: Int32Array;
  readonly #wordCounts: Float64Array;

  readonly #pairs = new PairTable();
  /** The pair that starts at each position, -1 for none, and its neighbours in that pair's list. */
  readonly #pairAt: Int32Array;
  readonly #nextPlace: Int32Array;
  readonly #previousPlace: Int32Array;
  /** By pair: how often it stands in the corpus, and the ends of its list, which is in ascending order. */
  #counts = new Float64Array(1 << 12);
  #first = new Int32Array(1 << 12);
  #last = new Int32Array(1 << 12);

  /** Candidate pairs, greatest first. A count may be out of date, never too small. */
  readonly #heap: { pair: number; count: number }[] = [];
  #nextId = 256;
  readonly #minFrequency: number;

  /** `byteIds[byte]` is the id of each byte's symbol; pairs seen fewer than `minFrequency` times are not merged. */
  constructor(words: WordCounts, byteIds: Int32Array, minFrequency: number) {
    this.#minFrequency = minFrequency;
    const spelled = spell(words, byteIds);
    const places = spelled.symbols.length;
    this.#symbols = spelled.symbols;
    this.#wordOf = spelled.wordOf;
    this.#wordCounts = words.counts;
    this.#next = new Int32Array(places).fill(-1);
    this.#previous = new Int32Array(places).fill(-1);
    this.#pairAt = new Int32Array(places).fill(-1);
    this.#nextPlace = new Int32Array(places);
    this.#previousPlace = new Int32Array(places);
    for (let i = 0; i + 1 < places; i++) {
      if (this.#wordOf[i] !== this.#wordOf[i + 1]) continue;
      this.#next[i] = i + 1;
      this.#previous[i + 1] = i;
      this.#enlist(i);
    }
    this.#queueFrom(0);
  }

  /** The next merge, applied to the whole corpus; undefined when no pair is left. */
  step(): LearnedMerge | undefined {
    const pair = this.#takeBest();
    if (pair === undefined) return undefined;
    const id = this.#nextId++;
    const before = this.#pairs.size;
    // Always the first that is left: in a run such as "aaa" places overlap, and merging one takes the next away.
    while (this.#first[pair]! >= 0) this.#mergeAt(this.#first[pair]!, id);
    this.#queueFrom(before);
    return { left: this.#pairs.left(pair), right: this.#pairs.right(pair) };
  }

  /** Makes one symbol of the pair at `place`, and moves it and its neighbours to the lists where they now belong. */
  #mergeAt(place: number, id: number): void {
    const right = this.#next[place]!;
    const before = this.#previous[place]!;
    const after = this.#next[right]!;
    this.#delist(place);
    if (after >= 0) this.#delist(right);
    if (before >= 0) this.#delist(before);
    this.#symbols[place] = id;
    this.#symbols[right] = -1;
    this.#next[place] = after;
    if (after >= 0) this.#previous[after] = place;
    if (before >= 0) this.#enlist(before);
    if (after >= 0) this.#enlist(place);
  }

  /** Appends `place` to the list of the pair that starts there. */
  #enlist(place: number): void {
    const pair = this.#pairs.intern(this.#symbols[place]!, this.#symbols[this.#next[place]!]!);
    if (pair >= this.#counts.length) this.#growPairs();
    const last = this.#counts[pair]! > 0 ? this.#last[pair]! : -1;
    if (last >= 0) this.#nextPlace[last] = place;
    else this.#first[pair] = place;
    this.#previousPlace[place] = last;
    this.#nextPlace[place] = -1;
    this.#last[pair] = place;
    this.#pairAt[place] = pair;
    this.#counts[pair]! += this.#wordCounts[this.#wordOf[place]!]!;
  }

  #delist(place: number): void {
    const pair = this.#pairAt[place]!;
    const before = this.#previousPlace[place]!;
    const after = this.#nextPlace[place]!;
    if (before >= 0) this.#nextPlace[before] = after;
    else this.#first[pair] = after;
    if (after >= 0) this.#previousPlace[after] = before;
    else this.#last[pair] = before;
    this.#pairAt[place] = -1;
    this.#counts[pair]! -= this.#wordCounts[this.#wordOf[place]!]!;
  }

  #growPairs(): void {
    const grow = <A extends Float64Array | Int32Array>(old: A, grown: A): A => {
      grown.set(old);
      return grown;
    };
    const length = this.#counts.length * 2;
    this.#counts = grow(this.#counts, new Float64Array(length));
    this.#first = grow(this.#first, new Int32Array(length));
    this.#last = grow(this.#last, new Int32Array(length));
  }

  /** The best candidate whose count is up to date. */
  #takeBest(): number | undefined {
    for (;;) {
      const top = this.#pop();
      if (top === undefined) return undefined;
      const count = this.#counts[top.pair]!;
      if (count < this.#minFrequency) continue;
      if (count === top.count) return top.pair;
      this.#push({ pair: top.pair, count });
    }
  }

  /** Queues every pair first seen since there were `start` pairs: a known pair's count only ever falls. */
  #queueFrom(start: number): void {
    for (let pair = start; pair < this.#pairs.size; pair++) {
      const count = this.#counts[pair]!;
      if (count >= this.#minFrequency) this.#push({ pair, count });
    }
  }

  #isBefore(a: { pair: number; count: number }, b: { pair: number; count: number }): boolean {
    if (a.count !== b.count) return a.count > b.count;
    const order = this.#pairs.left(a.pair) - this.#pairs.left(b.pair);
    return order !== 0 ? order < 0 : this.#pairs.right(a.pair) < this.#pairs.right(b.pair);
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
function spell(words: WordCounts, byteIds: Int32Array): { symbols: Int32Array; wordOf: Int32Array } {
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
  return { symbols: symbols.toArray(), wordOf: wordOf.toArray() };
}
