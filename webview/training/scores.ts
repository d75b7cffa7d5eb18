/** Scores of an objective, such as accuracies, in words and figures. */
import { formatLoss } from '../common/format.ts';
import type { Evaluation } from '../protocol/training.ts';

const LABELS: Readonly<Record<string, string>> = {
  accuracy: 'Accuracy',
  macroF1: 'Macro-F1',
  matthews: 'Matthews',
  precision: 'Precision',
  recall: 'Recall',
  f1: 'F1',
  tagAccuracy: 'Tag accuracy',
  exactMatch: 'Exact match',
  mlmLoss: 'Masked loss',
  mlmAccuracy: 'Masked right',
  nspLoss: 'Next loss',
  nspAccuracy: 'Next right',
};

/** How a score is called: `exactMatch, with answer` is "Exact match, with answer". */
export function scoreLabel(name: string): string {
  const [head = '', ...rest] = name.split(', ');
  return [LABELS[head] ?? head, ...rest].join(', ');
}

/** Whether it is a loss, in nats; all others are at most 1, and best there. */
export function isLoss(name: string): boolean {
  return name.endsWith('Loss');
}

/** Three decimals, as papers have them. */
export function formatScore(value: number): string {
  return value.toFixed(3);
}

export function scoreText(name: string, value: number): string {
  return isLoss(name) ? formatLoss(value) : formatScore(value);
}

/** Names of the scores of a run, in their order. */
export function scoreNames(evaluations: readonly Evaluation[]): string[] {
  return [...new Set(evaluations.flatMap(({ metrics = {} }) => Object.keys(metrics)))];
}
