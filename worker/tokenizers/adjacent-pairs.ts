import { PairTable } from './pair-table.ts';

/** The words of a corpus as symbols, one word after another. */
export interface SpelledWords {
  readonly symbols: Int32Array;
  /** Which word each symbol is in; ascending. */
  readonly wordOf: Int32Array;
  /** How often each word was seen. */
  readonly counts: Float64Array;
}

/**
 * The pairs of adjacent symbols of a corpus, with counts, and merging one pair everywhere. Every position where a pair
 * stands is kept in that pair's list, so a merge costs the places it changes. Lists are doubly linked through arrays,
 * hence exact: a position is in the list of the one pair that starts there.
 */
export class AdjacentPairs {
  /** Each pair that was ever seen has an index here. */
  readonly table = new PairTable();
  /** The symbol at each position, -1 once merged into its left neighbour. */
  readonly #symbols: Int32Array;
  /** Neighbouring positions within the word; -1 at its ends. */
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #wordOf: Int32Array;
  readonly #wordCounts: Float64Array;

  /** The pair that starts at each position, -1 for none, and its neighbours in that pair's list. */
  readonly #pairAt: Int32Array;
  readonly #nextPlace: Int32Array;
  readonly #previousPlace: Int32Array;
  /** By pair: how often it stands in the corpus, and the ends of its list, which is in ascending order. */
  #counts = new Float64Array(1 << 12);
  #first = new Int32Array(1 << 12);
  #last = new Int32Array(1 << 12);

  /** Takes the words' symbols over. */
  constructor({ symbols, wordOf, counts }: SpelledWords) {
    const places = symbols.length;
    this.#symbols = symbols;
    this.#wordOf = wordOf;
    this.#wordCounts = counts;
    this.#next = new Int32Array(places).fill(-1);
    this.#previous = new Int32Array(places).fill(-1);
    this.#pairAt = new Int32Array(places).fill(-1);
    this.#nextPlace = new Int32Array(places);
    this.#previousPlace = new Int32Array(places);
    for (let i = 0; i + 1 < places; i++) {
      if (wordOf[i] !== wordOf[i + 1]) continue;
      this.#next[i] = i + 1;
      this.#previous[i + 1] = i;
      this.#enlist(i);
    }
  }

  /** How often a pair stands in the corpus; overlapping places, as in "aaa", count each. Only ever falls. */
  count(pair: number): number {
    return this.#counts[pair]!;
  }

  /** Makes one symbol, `id`, of the pair wherever it stands, from left to right. Gives how often it did. */
  merge(pair: number, id: number): number {
    let merged = 0;
    // Always the first that is left: in a run such as "aaa" places overlap, and merging one takes the next away.
    while (this.#first[pair]! >= 0) {
      const place = this.#first[pair]!;
      merged += this.#wordCounts[this.#wordOf[place]!]!;
      this.#mergeAt(place, id);
    }
    return merged;
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
    const pair = this.table.intern(this.#symbols[place]!, this.#symbols[this.#next[place]!]!);
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
}
