import { ClozeError } from '../base/errors.ts';
import type { Minimum } from './lbfgs.ts';
import { minimize } from './lbfgs.ts';
import type { SparseRows } from './tfidf.ts';

export interface LogisticOptions {
  /** C: how much the data counts against the penalty; 1 in scikit-learn. */
  readonly strength: number;
  readonly maxIterations?: number;
}

/** No part of the gradient of the mean loss is larger at the end. */
const TOLERANCE = 1e-6;
const MAX_ITERATIONS = 1000;

/**
 * Logistic regression with an l2 penalty on its weights, not on its biases:
 *   C sum_i -log p(y_i | x_i) + |W|^2 / 2, as scikit-learn's LogisticRegression: multinomial, and for two classes with
 * one vector of weights, whose logit is that of the second class against 0.
 */
export class LogisticRegression {
  readonly classes: number;
  readonly fitted: Pick<Minimum, 'iterations' | 'converged'>;
  readonly #model: LinearModel;

  private constructor(
    classes: number,
    model: LinearModel,
    fitted: Pick<Minimum, 'iterations' | 'converged'>,
  ) {
    this.classes = classes;
    this.fitted = fitted;
    this.#model = model;
  }

  /** Learns from rows and their class numbers. Throws `data` if there are no rows, not a label for each, or one class. */
  static fit(
    data: SparseRows,
    labels: ArrayLike<number>,
    classes: number,
    { strength, maxIterations = MAX_ITERATIONS }: LogisticOptions,
  ): LogisticRegression {
    if (data.rows === 0 || data.rows !== labels.length) {
      throw new ClozeError('data', `expected a label for each of ${data.rows} rows, got ${labels.length}`);
    }
    if (classes < 2) throw new ClozeError('data', `expected at least 2 classes, got ${classes}`);
    const vectors = classes === 2 ? 1 : classes;
    const loss = lossOf(data, labels, { vectors, strength });
    const start = new Float64Array((data.width + 1) * vectors);
    const { x, iterations, converged } = minimize(loss, start, { tolerance: TOLERANCE, maxIterations });
    const model = { vectors, width: data.width, parameters: x };
    return new LogisticRegression(classes, model, { iterations, converged });
  }

  /** [rows classes] probabilities. */
  probabilities(data: SparseRows): Float64Array {
    const { classes } = this;
    const result = new Float64Array(data.rows * classes);
    for (let row = 0; row < data.rows; row++) {
      const logits = result.subarray(row * classes, (row + 1) * classes);
      rowLogits(data, row, this.#model, logits);
      softmax(logits);
    }
    return result;
  }

  /** [rows] the most probable class of each. */
  predict(data: SparseRows): Int32Array {
    const all = this.probabilities(data);
    return Int32Array.from({ length: data.rows }, (_, row) => {
      const probabilities = all.subarray(row * this.classes, (row + 1) * this.classes);
      return probabilities.indexOf(Math.max(...probabilities));
    });
  }
}

interface LinearModel {
  /** Vectors of weights: one a class, or one for two classes. */
  readonly vectors: number;
  readonly width: number;
  /** [width vectors] weights, then [vectors] biases. */
  readonly parameters: Float64Array;
}

/** The objective divided by C n, so that its size does not depend on how much data there is. */
function lossOf(
  data: SparseRows,
  labels: ArrayLike<number>,
  { vectors, strength }: { vectors: number; strength: number },
) {
  const { rows, width, starts, columns, values } = data;
  const penalty = 1 / (strength * rows);
  const logits = new Float64Array(Math.max(2, vectors));
  const errors = logits.subarray(logits.length - vectors);
  return (parameters: Float64Array, gradient: Float64Array): number => {
    const model = { vectors, width, parameters };
    let loss = 0;
    gradient.fill(0);
    for (let row = 0; row < rows; row++) {
      const label = labels[row]!;
      rowLogits(data, row, model, logits);
      loss -= softmax(logits, label) / rows;
      logits[label]! -= 1; // from here on the derivative by the logits
      for (let i = starts[row]!; i < starts[row + 1]!; i++) {
        const scale = values[i]! / rows;
        const at = columns[i]! * vectors;
        for (let k = 0; k < vectors; k++) gradient[at + k]! += scale * errors[k]!;
      }
      for (let k = 0; k < vectors; k++) gradient[width * vectors + k]! += errors[k]! / rows;
    }
    for (let i = 0; i < width * vectors; i++) {
      loss += (penalty * parameters[i]! ** 2) / 2;
      gradient[i]! += penalty * parameters[i]!;
    }
    return loss;
  };
}

/** Writes the [classes] logits of a row. */
function rowLogits(
  { starts, columns, values }: SparseRows,
  row: number,
  { vectors, width, parameters }: LinearModel,
  logits: Float64Array,
): void {
  const skipped = logits.length - vectors;
  logits.fill(0, 0, skipped);
  for (let k = 0; k < vectors; k++) {
    let sum = parameters[width * vectors + k]!;
    for (let i = starts[row]!; i < starts[row + 1]!; i++) {
      sum += values[i]! * parameters[columns[i]! * vectors + k]!;
    }
    logits[skipped + k] = sum;
  }
}

/** Turns logits into probabilities in place; returns the log probability of `label`. */
function softmax(logits: Float64Array, label = 0): number {
  let most = -Infinity;
  for (const logit of logits) most = Math.max(most, logit);
  const wanted = logits[label]! - most;
  let sum = 0;
  for (let k = 0; k < logits.length; k++) sum += logits[k] = Math.exp(logits[k]! - most);
  for (let k = 0; k < logits.length; k++) logits[k]! /= sum;
  return wanted - Math.log(sum);
}
