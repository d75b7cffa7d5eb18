import * as z from 'zod';
import { ComputePrecisionSchema } from './precision.ts';
import { PrepareProgressSchema, TrainRequestSchema } from './train.ts';

/** As a run is asked for, without its folder. */
export const PlanRequestSchema = TrainRequestSchema.omit({ out: true, profile: true });
export type PlanRequest = z.output<typeof PlanRequestSchema>;

const count = z.int().nonnegative();

/** What a run would take. */
export const TrainingPlanSchema = z.object({
  parameters: count,
  files: count,
  bytes: count,
  /** Files left out, by reason. */
  leftOut: z.record(z.string(), count),
  /** Of the training part; estimated from a sample of the text where there is more of it than the sample holds. */
  tokens: count,
  tokensEstimated: z.boolean(),
  memoryBytes: z.number(),
  availableBytes: z.number(),
  /** Of one step, measured with the model itself on this device. */
  stepMs: z.number(),
  /** Of all steps and evaluations; what comes before the first step, samples and checkpoints are not in it. */
  minutes: z.number(),
  provider: z.string(),
  threads: z.int(),
  /** What steps would compute in. */
  precision: ComputePrecisionSchema,
  /** Which providers are not used, and why. */
  notes: z.array(z.string()),
});
export type TrainingPlan = z.output<typeof TrainingPlanSchema>;

/** How far planning is. */
export const PlanProgressSchema = PrepareProgressSchema.extend({
  phase: z.enum([...PrepareProgressSchema.shape.phase.options, 'measuring']),
});
export type PlanProgress = z.output<typeof PlanProgressSchema>;

export const PlanEventSchema = z.strictObject({ progress: PlanProgressSchema });
