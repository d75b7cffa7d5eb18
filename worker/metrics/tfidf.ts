import { Terms } from './terms.ts';

/** Rows of few non-zero values: row r has `columns` and `values` from `starts[r]` to `starts[r + 1]`. */
export interface SparseRows {
  readonly rows: number;
  /** How many columns there are. */
  readonly width: number;
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
}

export interface TfidfOptions {
  /** 1 + ln(count) instead of the count. */
  readonly sublinear: boolean;
  /** Pairs of words that follow each other beside the words. */
  readonly bigrams: boolean;
  /** Texts that a term must be in to count. */
  readonly minTexts: number;
}

/**
 * TF-IDF as scikit-learn's TfidfVectorizer: a term's weight is its count in the text times
 * ln((1 + n) / (1 + texts with it)) + 1, and each row has length 1 (l2).
 */
export class Tfidf {
  readonly #terms: Terms;
  readonly #sublinear: boolean;
  /** [terms] the column of each, or -1 for one in too few texts. */
  readonly #columns: Int32Array;
  /** [width] */
  readonly #idf: Float64Array;

  private constructor(terms: Terms, textsWith: Int32Array, texts: number, options: TfidfOptions) {
    this.#terms = terms;
    this.#sublinear = options.sublinear;
    let width = 0;
    this.#columns = textsWith.map((count) => (count >= options.minTexts ? width++ : -1));
    const kept = textsWith.filter((count) => count >= options.minTexts);
    this.#idf = Float64Array.from(kept, (count) => Math.log((1 + texts) / (1 + count)) + 1);
  }

  /** Learns terms and their weights from texts; also gives the texts' rows, which costs less than to ask for them. */
  static fit(texts: readonly string[], options: TfidfOptions): { tfidf: Tfidf; rows: SparseRows } {
    const terms = new Terms(options.bigrams);
    const termsOf = texts.map((text) => Int32Array.from(terms.add(text)));
    const textsWith = new Int32Array(terms.size);
    const lastText = new Int32Array(terms.size).fill(-1);
    for (const [text, each] of termsOf.entries()) {
      for (const term of each) {
        if (lastText[term] !== text) textsWith[term]!++;
        lastText[term] = text;
      }
    }
    const tfidf = new Tfidf(terms, textsWith, texts.length, options);
    return { tfidf, rows: tfidf.#rowsOf(termsOf) };
  }

  /** Columns of the rows. */
  get width(): number {
    return this.#idf.length;
  }

  /** The column of a term, a word or two with a blank between; -1 if it has none. */
  columnOf(term: string): number {
    const number = this.#terms.known(term).at(-1);
    return number === undefined ? -1 : this.#columns[number]!;
  }

  /** Texts as rows; terms that were not learnt are left out. */
  rows(texts: readonly string[]): SparseRows {
    return this.#rowsOf(texts.map((text) => this.#terms.known(text)));
  }

  #rowsOf(texts: readonly Iterable<number>[]): SparseRows {
    const counts = new Int32Array(this.width);
    const rows = texts.map((terms) => this.#row(terms, counts));
    const starts = new Int32Array(texts.length + 1);
    for (const [row, { columns }] of rows.entries()) starts[row + 1] = starts[row]! + columns.length;
    const columns = new Int32Array(starts.at(-1)!);
    const values = new Float64Array(columns.length);
    for (const [row, each] of rows.entries()) {
      columns.set(each.columns, starts[row]);
      values.set(each.values, starts[row]);
    }
    return { rows: texts.length, width: this.width, starts, columns, values };
  }

  /** `counts` is [width] zeros, and is so again afterwards. */
  #row(terms: Iterable<number>, counts: Int32Array): { columns: Int32Array; values: Float64Array } {
    const found: number[] = [];
    for (const term of terms) {
      const column = this.#columns[term]!;
      if (column >= 0 && counts[column]!++ === 0) found.push(column);
    }
    const columns = Int32Array.from(found);
    const values = new Float64Array(columns.length);
    let squares = 0;
    for (const [i, column] of columns.entries()) {
      const count = counts[column]!;
      counts[column] = 0;
      values[i] = (this.#sublinear ? 1 + Math.log(count) : count) * this.#idf[column]!;
      squares += values[i] ** 2;
    }
    const length = Math.sqrt(squares);
    return { columns, values: values.map((value) => value / length) };
  }
}
