/** The training page and its host: what the page shows, and what it may ask for. The host owns all of it. */
import * as z from 'zod';
import { TrainingPlanSchema } from '../../worker/protocol/plan.ts';
import { RoutingSchema } from '../../worker/protocol/routing.ts';
import type { Methods } from '../../worker/protocol/rpc.ts';
import { BestSchema, OBJECTIVES, RunReportSchema, ScoreSchema } from './objectives.ts';
import { ProblemSchema } from './problem.ts';

export type { TrainingPlan } from '../../worker/protocol/plan.ts';
export type { Routing } from '../../worker/protocol/routing.ts';

const count = z.int().nonnegative();

export const ObjectiveSchema = z.enum(OBJECTIVES);

/** What the user chooses before a run; kept between runs and windows. */
export const TrainingFormSchema = z.object({
  /** Forms of earlier versions have none: they were all of next tokens. */
  objective: ObjectiveSchema.default('clm'),
  /** Files and folders to train on, absolute; of labelled examples files alone. */
  data: z.array(z.string()),
  /** A preset's name, or a model or run folder to begin with. */
  model: z.string(),
  /** 'bpe:N', 'wordpiece:N', 'char' or a tokenizer's folder; empty: the model's own, or the preset's default. */
  tokenizer: z.string(),
  provider: z.string(),
  /** Rows of the adapter that is trained; 0 or none: the model's own weights are. */
  adapterRank: count.optional(),
  /** Training settings by name (worker/training/settings.ts), as far as they differ from the defaults. */
  training: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
});
export type TrainingForm = z.output<typeof TrainingFormSchema>;

/** How far the work before a plan or the first step is. */
const ProgressSchema = z.object({ phase: z.string(), done: z.number(), total: z.number().optional() });

/** One logged step. */
export const PointSchema = z.object({
  step: count,
  loss: z.number(),
  learningRate: z.number(),
  gradientNorm: z.number(),
  tokensPerSecond: z.number(),
  memoryBytes: z.number(),
  /** Attempts at a step so far whose gradients overflowed, where the precision is float16. */
  skipped: count.optional(),
  /** Since the run began, pauses not counted. */
  seconds: z.number(),
});
export type Point = z.output<typeof PointSchema>;

export const EvaluationSchema = z.object({
  step: count,
  valLoss: z.number(),
  best: z.boolean(),
  /** What the best is chosen by, where that is not the loss. */
  score: ScoreSchema.optional(),
  /** All scores of the objective by name, such as accuracies. */
  metrics: z.record(z.string(), z.number()).optional(),
  /** Of a mixture of experts. */
  routing: RoutingSchema.optional(),
});
export type Evaluation = z.output<typeof EvaluationSchema>;

export const SampleSchema = z.object({
  step: count,
  prompt: z.string(),
  text: z.string(),
  /** Where an adapter is trained: what its base writes. */
  base: z.string().optional(),
});
export type Sample = z.output<typeof SampleSchema>;

/** Everything measured in a run so far, thinned to a number of points that a chart can use. */
export const SeriesSchema = z.object({
  points: z.array(PointSchema),
  evaluations: z.array(EvaluationSchema),
  samples: z.array(SampleSchema),
  /** What the run's best checkpoint is worth on test data; at the end of a run that has such data. */
  report: RunReportSchema.optional(),
});
export type Series = z.output<typeof SeriesSchema>;

/**
 * 'preparing': before the first step. 'interrupted': not ended, and no process of this window trains it: it can go on
 * from its last checkpoint. 'elsewhere': another process trains it.
 */
export const RunStatusSchema = z.enum([
  'preparing',
  'running',
  'paused',
  'stopping',
  'completed',
  'stopped',
  'interrupted',
  'failed',
  'elsewhere',
]);
export type RunStatus = z.output<typeof RunStatusSchema>;

export const RunSummarySchema = z.object({
  /** The run folder. */
  path: z.string(),
  name: z.string(),
  status: RunStatusSchema,
  createdAt: z.string(),
  objective: ObjectiveSchema,
  /** A preset's name, or the folder that the run began with. */
  model: z.string(),
  parameters: count,
  /** Where it is not float32: 'bfloat16, emulated'. */
  precision: z.string().optional(),
  step: count,
  steps: count,
  loss: z.number().optional(),
  valLoss: z.number().optional(),
  best: BestSchema.optional(),
  /** Time in training. */
  seconds: z.number(),
  /** Model and training settings by name, for comparison. */
  hyperparameters: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  data: z.array(z.string()),
  /** Whether inline completion uses it. */
  inUse: z.boolean(),
});
export type RunSummary = z.output<typeof RunSummarySchema>;

/** The run that the page shows: the one under way, or one that the user has chosen. */
export const CurrentRunSchema = z.object({
  summary: RunSummarySchema,
  /** Only while preparing. */
  progress: ProgressSchema.optional(),
  /** Seconds left, from the last steps. */
  secondsLeft: z.number().optional(),
  notes: z.array(z.string()),
  problem: ProblemSchema.optional(),
  series: SeriesSchema,
});
export type CurrentRun = z.output<typeof CurrentRunSchema>;

const ModelChoiceSchema = z.object({
  /** Whether it has weights that an adapter could be added to. */
  pretrained: z.boolean(),
  /** What the form's `model` becomes. */
  value: z.string(),
  label: z.string(),
  parameters: count,
  context: count,
});

/** What the form needs, and what was planned for it. */
export const SetupSchema = z.object({
  trusted: z.boolean(),
  form: TrainingFormSchema,
  models: z.array(ModelChoiceSchema),
  providers: z.array(z.object({ value: z.string(), label: z.string() })),
  /** Of the form as it is; gone when the form changes. */
  plan: TrainingPlanSchema.optional(),
  planning: ProgressSchema.optional(),
  planProblem: ProblemSchema.optional(),
});
export type Setup = z.output<typeof SetupSchema>;

export const TrainingStateSchema = SetupSchema.extend({
  current: CurrentRunSchema.optional(),
  /** All runs, the newest first. */
  history: z.array(RunSummarySchema),
});
export type TrainingState = z.output<typeof TrainingStateSchema>;

/**
 * A page that begins to watch gets `state`; then changes. Another current run, and a series that is not the last one
 * and what followed it, come with a new `state`.
 */
export const TrainingEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('state'), state: TrainingStateSchema }),
  z.object({ type: z.literal('setup'), setup: SetupSchema }),
  z.object({ type: z.literal('history'), history: z.array(RunSummarySchema) }),
  /** The current run without its series; its line in the history follows it. */
  z.object({ type: z.literal('head'), head: CurrentRunSchema.omit({ series: true }) }),
  z.object({ type: z.literal('points'), points: z.array(PointSchema) }),
  z.object({ type: z.literal('evaluation'), evaluation: EvaluationSchema }),
  z.object({ type: z.literal('sample'), sample: SampleSchema }),
  z.object({ type: z.literal('report'), report: RunReportSchema }),
]);
export type TrainingEvent = z.output<typeof TrainingEventSchema>;

const nothing = z.null();
const run = z.object({ path: z.string() });

/** The page calls, its host answers. Problems are errors with a code and a hint. */
export const TRAINING_METHODS = {
  /** Tells the state and then its changes; ends when the page does. */
  watch: { params: z.object({}), result: nothing, event: TrainingEventSchema },
  /** Keeps the form; what was planned for another form is forgotten. */
  setForm: { params: TrainingFormSchema, result: nothing },
  /** Takes the form as it was last, or is at first, for another objective. */
  setObjective: { params: z.object({ objective: ObjectiveSchema }), result: nothing },
  /** Lets the user choose folders to train on, or files of examples; the form changes. */
  chooseData: { params: z.object({}), result: nothing },
  /** Looks at the data and measures a step; the plan comes with the state. */
  plan: { params: z.object({}), result: nothing },
  cancelPlan: { params: z.object({}), result: nothing },
  start: { params: z.object({}), result: nothing },
  control: { params: z.object({ action: z.enum(['pause', 'unpause', 'stop', 'save']) }), result: nothing },
  /** Goes on with a run that has not ended. */
  resume: { params: run, result: nothing },
  /** Makes a run the current one. */
  show: { params: run, result: nothing },
  /** What was measured in another run, to be laid over the current one. */
  series: { params: run, result: SeriesSchema },
  useForCompletion: { params: run, result: nothing },
  openFolder: { params: run, result: nothing },
  /** Asks the user first. */
  remove: { params: run, result: nothing },
} satisfies Methods;

/** What the page may ask of its view beside. */
export const TRAINING_VIEW_METHODS = {
  ...TRAINING_METHODS,
  /** Opens the editor's page about trust. */
  manageTrust: { params: z.object({}), result: nothing },
  /** Opens the page of the adapter that a run trains. */
  showAdapter: { params: run, result: nothing },
  showLog: { params: z.object({}), result: nothing },
} satisfies Methods;
