/** What a run tells while it goes on: lines of metrics.jsonl, of `cloze train --json`, and events of the protocol. */
import * as z from 'zod';
import { type Best, BestSchema, ScoreSchema } from './best.ts';
import { ComputePrecisionSchema } from './precision-name.ts';
import { RunReportSchema } from './report.ts';
import { RoutingSchema } from '../models/routing-schema.ts';

const step = z.int().nonnegative();
/** Not finite numbers do not exist in JSON: a run that meets one ends. */
const nats = z.number();

const start = z.object({
  event: z.literal('start'),
  /** Steps that were done before: 0, or the checkpoint's when resumed. */
  step,
  steps: step,
  resumed: z.boolean(),
  provider: z.string(),
  threads: z.int(),
  /** What steps compute in; evaluation and samples are in float32. Left out by earlier versions: float32. */
  precision: ComputePrecisionSchema.optional(),
  /** Of the model, with those of its adapter. */
  parameters: z.int(),
  /** Parameters that change, where not all do. */
  trainable: z.int().optional(),
  tokensPerStep: z.int(),
  trainTokens: z.int(),
  validationTokens: z.int(),
  /** Of the estimate made before the start. */
  memoryBytes: z.number(),
});

const stepDone = z.object({
  event: z.literal('step'),
  step,
  /** Mean cross-entropy of the step's batches before the step, in nats. */
  loss: nats,
  learningRate: z.number(),
  /** Global norm before clipping. */
  gradientNorm: z.number(),
  /** Of this step alone: evaluation, samples and checkpoints are not in it. */
  stepMs: z.number(),
  tokensPerSecond: z.number(),
  /** Resident memory of the process. */
  memoryBytes: z.number(),
  /** The loss scale of the next step, where the precision is float16. */
  lossScale: z.number().optional(),
  /** Attempts at a step, so far, whose gradients overflowed. */
  skipped: z.int().optional(),
});

const evaluated = z.object({
  event: z.literal('eval'),
  step,
  /** Mean cross-entropy a target, in nats. */
  valLoss: nats,
  /** Targets that it is the mean of. */
  tokens: z.int(),
  /** What the best is chosen by, where that is not the loss. */
  score: ScoreSchema.optional(),
  /** All scores of the objective by name, such as accuracies. */
  metrics: z.record(z.string(), z.number()).optional(),
  routing: RoutingSchema.optional(),
  evalMs: z.number(),
  /** Whether it is the best so far: by the score that the objective chooses by, or else by the loss. */
  best: z.boolean(),
});

const sampled = z.object({
  event: z.literal('sample'),
  step,
  prompt: z.string(),
  text: z.string(),
  /** What the model writes without the adapter that is trained. */
  base: z.string().optional(),
});

const saved = z.object({
  event: z.literal('checkpoint'),
  step,
  /** Folder of the run's newest checkpoint. */
  path: z.string(),
  /** All the names that this checkpoint has: 'last', 'best', 'step-N'. */
  names: z.array(z.string()),
  saveMs: z.number(),
});

/** Before the end of a run that has test data and was not stopped: what its best checkpoint is worth. */
const reported = z.object({ event: z.literal('report'), step, report: RunReportSchema });

const paused = z.object({ event: z.literal('paused'), step });
const unpaused = z.object({ event: z.literal('unpaused'), step });

/** The last event of a run that came to its end, also an early one. */
export const RunEndSchema = z.object({
  event: z.literal('done'),
  step,
  /** 'stopped': a stop was asked for. 'early': no better evaluation for as long as the patience is. */
  reason: z.enum(['completed', 'stopped', 'early']),
  /** Of the last step. */
  loss: nats.optional(),
  /** Of the last evaluation. */
  valLoss: nats.optional(),
  best: BestSchema.optional(),
  /** Attempts at a step whose gradients overflowed, where the precision is float16. */
  skipped: z.int().optional(),
  path: z.string(),
  /** Since the start or the resumption. */
  seconds: z.number(),
});

export const RunEventSchema = z.discriminatedUnion('event', [
  start,
  stepDone,
  evaluated,
  sampled,
  saved,
  paused,
  unpaused,
  reported,
  RunEndSchema,
]);

export type RunEvent = z.infer<typeof RunEventSchema>;
export type RunEventOf<Name extends RunEvent['event']> = Extract<RunEvent, { event: Name }>;

/** An evaluation as a run's best. */
export function bestOf({ step, valLoss, score }: RunEventOf<'eval'>): Best {
  return { step, valLoss, ...(score === undefined ? {} : { score }) };
}
