/** Precision, recall and their harmonic mean, from 0 to 1; 0 where there is nothing to divide by. */
export interface Scores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** a / b, or 0 for b = 0. */
export function ratio(a: number, b: number): number {
  return b === 0 ? 0 : a / b;
}

/** Scores of `found` things of which `correct` are among the `actual` ones. */
export function scoresOf(correct: number, found: number, actual: number): Scores {
  return {
    precision: ratio(correct, found),
    recall: ratio(correct, actual),
    f1: ratio(2 * correct, found + actual),
  };
}
