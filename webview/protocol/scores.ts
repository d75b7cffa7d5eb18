/** Scores of an objective, such as accuracies, in words. */
import type { Best } from '../../worker/protocol/objectives.ts';

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

/** Three decimals, as papers have them. */
export function formatScore(value: number): string {
  return value.toFixed(3);
}

/** What a checkpoint was chosen by: its score, or else its validation loss. */
export function chosenBy({ valLoss, score }: Omit<Best, 'step'>): string {
  return score === undefined
    ? `validation loss ${valLoss.toFixed(4)}`
    : `validation ${scoreLabel(score.name)} ${formatScore(score.value)}`;
}
