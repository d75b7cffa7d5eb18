/** Scores of a run's evaluations, in figures. */
import { formatLoss } from './format.ts';
import { formatScore } from '../protocol/scores.ts';
import type { Evaluation } from '../protocol/training.ts';

/** Whether it is a loss, in nats; all others are at most 1, and best there. */
export function isLoss(name: string): boolean {
  return name.endsWith('Loss');
}

export function scoreText(name: string, value: number): string {
  return isLoss(name) ? formatLoss(value) : formatScore(value);
}

/** Names of the scores of a run, in their order. */
export function scoreNames(evaluations: readonly Evaluation[]): string[] {
  return [...new Set(evaluations.flatMap(({ metrics = {} }) => Object.keys(metrics)))];
}
