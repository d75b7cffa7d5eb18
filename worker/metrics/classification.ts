import { ClozeError } from '../base/errors.ts';
import type { Scores } from './ratio.ts';
import { ratio, scoresOf } from './ratio.ts';

export interface ClassScores extends Scores {
  /** Examples that have the class. */
  readonly support: number;
}

export interface ClassificationReport {
  readonly examples: number;
  /** confusion[actual][predicted], counts. */
  readonly confusion: readonly (readonly number[])[];
  readonly accuracy: number;
  /** Of each class. */
  readonly classes: readonly ClassScores[];
  /** Mean F1 of the classes that are there or were predicted, as scikit-learn's 'macro'. */
  readonly macroF1: number;
  /** Matthews correlation, for any number of classes (Gorodkin 2004), from -1 to 1; 0 where it is not defined. */
  readonly matthews: number;
}

/** Compares class numbers below `classes`. Throws `data` if the two differ in number, or hold a number that is no class. */
export function classificationReport(
  actual: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
): ClassificationReport {
  const confusion = confusionMatrix(actual, predicted, classes);
  const rows = confusion.map(sum);
  const columns = confusion.map((_, i) => sum(confusion.map((row) => row[i]!)));
  const correct = sum(confusion.map((row, i) => row[i]!));
  const scores = rows.map((support, i) => ({
    ...scoresOf(confusion[i]![i]!, columns[i]!, support),
    support,
  }));
  const present = scores.filter(({ support }, i) => support + columns[i]! > 0);
  return {
    examples: actual.length,
    confusion,
    accuracy: ratio(correct, actual.length),
    classes: scores,
    macroF1: ratio(sum(present.map(({ f1 }) => f1)), present.length),
    matthews: matthews(correct, rows, columns),
  };
}

/** counts[actual][predicted]. Throws `data` as {@link classificationReport}. */
function confusionMatrix(
  actual: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
): number[][] {
  if (actual.length !== predicted.length) {
    throw new ClozeError(
      'data',
      `expected a prediction for each of ${actual.length} examples, got ${predicted.length}`,
    );
  }
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < actual.length; i++) {
    const [row, column] = [actual[i]!, predicted[i]!];
    if (!isClass(row, classes) || !isClass(column, classes)) {
      throw new ClozeError(
        'data',
        `expected class numbers below ${classes}, got ${row} and ${column} at ${i}`,
      );
    }
    counts[row]![column]!++;
  }
  return counts;
}

/** From the trace of the confusion matrix and the sums of its rows and columns. */
function matthews(correct: number, rows: readonly number[], columns: readonly number[]): number {
  const total = sum(rows);
  const product = (a: readonly number[], b: readonly number[]): number =>
    sum(a.map((value, i) => value * b[i]!));
  const spread =
    Math.sqrt(total ** 2 - product(rows, rows)) * Math.sqrt(total ** 2 - product(columns, columns));
  return ratio(correct * total - product(rows, columns), spread);
}

const isClass = (number: number, classes: number): boolean =>
  Number.isInteger(number) && number >= 0 && number < classes;

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
