import * as z from 'zod';
import { type Best, BestSchema, ScoreSchema } from './best.ts';
import { LossScaleSchema } from './loss-scale.ts';
import type { EvaluationResult } from './objective.ts';

const step = z.int().nonnegative();

/** Earlier versions kept the value of the score alone. */
const StoredBestSchema = BestSchema.extend({
  score: z.union([ScoreSchema, z.number().transform((value) => ({ name: 'score', value }))]).optional(),
});

/** Where a run is: all that the loop knows besides the weights, the moments and its settings. */
export const ProgressSchema = z.object({
  /** Steps that are done. Batches and dropout are functions of the seed and the step, so it is the data position too. */
  step,
  /** The last step whose evaluation and samples, where they were due, are done. */
  settledStep: step,
  /** Of the last step. */
  loss: z.number().optional(),
  lastEvaluation: StoredBestSchema.optional(),
  best: StoredBestSchema.optional(),
  /** Evaluations since the best one. */
  evaluationsSinceBest: z.int().nonnegative(),
  /** Where the precision is float16. */
  lossScale: LossScaleSchema.optional(),
});

export type Progress = z.infer<typeof ProgressSchema>;

/** Of a checkpoint: how far the run was. */
export const TRAINER_FILE = 'trainer.json';
export const TRAINER_VERSION = 1;

export const TrainerFileSchema = z.object({ version: z.literal(TRAINER_VERSION), progress: ProgressSchema });

export type TrainerFile = z.infer<typeof TrainerFileSchema>;

export function freshProgress(): Progress {
  return { step: 0, settledStep: 0, evaluationsSinceBest: 0 };
}

/** Takes a new evaluation in; tells whether it is the best one. */
export function recordEvaluation(progress: Progress, { loss, score }: EvaluationResult): boolean {
  const evaluated = { step: progress.step, valLoss: loss, ...(score === undefined ? {} : { score }) };
  const isBest = progress.best === undefined || isBetter(evaluated, progress.best);
  progress.lastEvaluation = evaluated;
  if (isBest) progress.best = evaluated;
  progress.evaluationsSinceBest = isBest ? 0 : progress.evaluationsSinceBest + 1;
  return isBest;
}

/** By score, where the objective has one; the smaller loss decides between equals. */
function isBetter(evaluated: Best, best: Best): boolean {
  const [score = 0, highest = 0] = [evaluated.score?.value, best.score?.value];
  return score === highest ? evaluated.valLoss < best.valLoss : score > highest;
}
