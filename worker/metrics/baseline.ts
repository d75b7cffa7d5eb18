import { LogisticRegression } from './logistic-regression.ts';
import { Tfidf } from './tfidf.ts';

export interface BaselineOptions {
  /** 1 + ln(count) for a term's frequency (default: true). */
  readonly sublinear?: boolean;
  /** Pairs of words beside words (default: true). */
  readonly bigrams?: boolean;
  /** Texts that a term must be in to count (default: 2). */
  readonly minTexts?: number;
  /** C of the regression: larger trusts the data more (default: 1, as scikit-learn). */
  readonly strength?: number;
}

/**
 * What a network must be compared with: TF-IDF of words and pairs of words, and logistic regression on it, with
 * scikit-learn's definitions. Deterministic.
 */
export class Baseline {
  readonly #tfidf: Tfidf;
  readonly #regression: LogisticRegression;

  private constructor(tfidf: Tfidf, regression: LogisticRegression) {
    this.#tfidf = tfidf;
    this.#regression = regression;
  }

  /** Learns from texts and their class numbers below `classes`. Throws `data` if there are none. */
  static fit(
    texts: readonly string[],
    labels: ArrayLike<number>,
    classes: number,
    { sublinear = true, bigrams = true, minTexts = 2, strength = 1 }: BaselineOptions = {},
  ): Baseline {
    const { tfidf, rows } = Tfidf.fit(texts, { sublinear, bigrams, minTexts });
    return new Baseline(tfidf, LogisticRegression.fit(rows, labels, classes, { strength }));
  }

  /** [texts] class numbers. */
  predict(texts: readonly string[]): Int32Array {
    return this.#regression.predict(this.#tfidf.rows(texts));
  }

  /** [texts classes] */
  probabilities(texts: readonly string[]): Float64Array {
    return this.#regression.probabilities(this.#tfidf.rows(texts));
  }
}
