import { AdjacentPairs, type SpelledWords } from './adjacent-pairs.ts';
import { PairQueue } from './wordpiece-queue.ts';

/** One learned merge of two pieces, and what decided for it, all as it was before the merge. */
export interface ScoredMerge {
  readonly left: number;
  readonly right: number;
  /** How often the pair stood in the corpus, and each of its pieces. */
  readonly count: number;
  readonly leftCount: number;
  readonly rightCount: number;
}

/**
 * How much likelier two pieces stand together than they would by chance, but for a factor that all pairs share: merging
 * the pair of the highest score raises the likelihood of the corpus most (Schuster & Nakajima 2012).
 */
export function scoreOf({ count, leftCount, rightCount }: Omit<ScoredMerge, 'left' | 'right'>): number {
  return count / (leftCount * rightCount);
}

/**
 * Learns WordPiece merges, one at a time: always the pair with the highest score; of pairs with the same the more
 * frequent one, then the smaller left id, then the smaller right id.
 *
 * A merge takes from the counts of both its pieces, and so raises the score of every other pair that holds one of them.
 * Those are looked up in a list a piece keeps, and moved in the queue.
 */
export class WordPieceMerges {
  readonly #pairs: AdjacentPairs;
  readonly #queue: PairQueue;
  /** By piece: how often it stands in the corpus, and the queued pairs that hold it. */
  readonly #pieceCounts: number[];
  readonly #pairsOf: number[][];
  readonly #minFrequency: number;
  /** What a pair must be seen in this round. */
  #threshold: number;

  /**
   * Symbols are ids from 0 to `pieces` - 1; merge r makes id `pieces` + r. Pairs seen fewer than `minFrequency` times are
   * not merged. With a higher `startFrequency` merges are learned in rounds: of pairs seen that often as long as there
   * are any, then of those seen half as often, and so on.
   */
  constructor(words: SpelledWords, pieces: number, minFrequency: number, startFrequency = minFrequency) {
    this.#minFrequency = minFrequency;
    this.#threshold = Math.max(minFrequency, startFrequency);
    this.#pieceCounts = new Array<number>(pieces).fill(0);
    words.symbols.forEach((piece, i) => (this.#pieceCounts[piece]! += words.counts[words.wordOf[i]!]!));
    this.#pairsOf = Array.from({ length: pieces }, () => []);
    this.#pairs = new AdjacentPairs(words);
    this.#queue = new PairQueue((a, b) => this.#winsTie(a, b));
    this.#queueFrom(0);
  }

  /** The next merge, applied to the whole corpus; undefined when no pair is left. */
  step(): ScoredMerge | undefined {
    while (this.#queue.best === undefined && this.#threshold > this.#minFrequency) this.#nextRound();
    const pair = this.#queue.best;
    if (pair === undefined) return undefined;
    const left = this.#pairs.table.left(pair);
    const right = this.#pairs.table.right(pair);
    const counts = this.#countsOf(pair);
    const before = this.#pairs.table.size;
    const merged = this.#pairs.merge(pair, this.#pieceCounts.length);
    this.#pieceCounts[left]! -= merged;
    this.#pieceCounts[right]! -= merged;
    this.#pieceCounts.push(merged);
    this.#pairsOf.push([]);
    this.#scoreAgain(left);
    if (right !== left) this.#scoreAgain(right);
    this.#queueFrom(before);
    return { left, right, ...counts };
  }

  #nextRound(): void {
    this.#threshold = Math.max(this.#minFrequency, Math.floor(this.#threshold / 2));
    for (const pairs of this.#pairsOf) pairs.length = 0;
    this.#queueFrom(0);
  }

  #countsOf(pair: number): Omit<ScoredMerge, 'left' | 'right'> {
    return {
      count: this.#pairs.count(pair),
      leftCount: this.#pieceCounts[this.#pairs.table.left(pair)]!,
      rightCount: this.#pieceCounts[this.#pairs.table.right(pair)]!,
    };
  }

  /** Scores the pairs that hold a piece; those that have become too rare, which no count brings back, are let go. */
  #scoreAgain(piece: number): void {
    const pairs = this.#pairsOf[piece]!;
    let kept = 0;
    for (const pair of pairs) {
      if (this.#pairs.count(pair) < this.#threshold) {
        this.#queue.delete(pair);
        continue;
      }
      pairs[kept++] = pair;
      this.#enqueue(pair);
    }
    pairs.length = kept;
  }

  /** Queues the pairs from index `start` on: within a round known ones do not come back, as a pair's count only falls. */
  #queueFrom(start: number): void {
    const { table } = this.#pairs;
    for (let pair = start; pair < table.size; pair++) {
      if (this.#pairs.count(pair) < this.#threshold) continue;
      const [left, right] = [table.left(pair), table.right(pair)];
      this.#pairsOf[left]!.push(pair);
      if (right !== left) this.#pairsOf[right]!.push(pair);
      this.#enqueue(pair);
    }
  }

  #enqueue(pair: number): void {
    const counts = this.#countsOf(pair);
    this.#queue.set(pair, scoreOf(counts), counts.count);
  }

  #winsTie(a: number, b: number): boolean {
    const { table } = this.#pairs;
    return (table.left(a) - table.left(b) || table.right(a) - table.right(b)) < 0;
  }
}
