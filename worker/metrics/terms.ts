/** scikit-learn's token_pattern: words of two or more letters, digits or underscores. */
const WORD = /[\p{L}\p{N}_]{2,}/gu;
/** Words are told apart by fewer bits than this, so that two make a number that is exact. */
const WORD_BITS = 26;

/**
 * The terms of texts as numbers from 0 on, in the order in which they first came: words in lower case and, on request,
 * pairs of words that follow each other.
 */
export class Terms {
  readonly #bigrams: boolean;
  readonly #words = new Map<string, number>();
  /** By the numbers of both words: joining them to a string would take most of the time. */
  readonly #pairs = new Map<number, number>();

  constructor(bigrams: boolean) {
    this.#bigrams = bigrams;
  }

  get size(): number {
    return this.#words.size + this.#pairs.size;
  }

  /** The terms of a text, those that are new with new numbers. */
  add(text: string): number[] {
    const terms: number[] = [];
    let before = -1;
    for (const word of wordsOf(text)) {
      const term = numberOf(this.#words, word, this.size);
      terms.push(term);
      if (this.#bigrams && before >= 0) terms.push(numberOf(this.#pairs, pairKey(before, term), this.size));
      before = term;
    }
    return terms;
  }

  /** The terms of a text that are known. */
  known(text: string): number[] {
    const terms: number[] = [];
    let before = -1;
    for (const word of wordsOf(text)) {
      const term = this.#words.get(word) ?? -1;
      if (term >= 0) terms.push(term);
      const pair = term >= 0 && before >= 0 ? this.#pairs.get(pairKey(before, term)) : undefined;
      if (pair !== undefined) terms.push(pair);
      before = term;
    }
    return terms;
  }
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(WORD) ?? [];
}

function pairKey(first: number, second: number): number {
  return first * 2 ** WORD_BITS + second;
}

function numberOf<K>(numbers: Map<K, number>, key: K, next: number): number {
  const known = numbers.get(key);
  if (known !== undefined) return known;
  numbers.set(key, next);
  return next;
}
