/** Every setting of a training run by its documented name, with its default and a line of help. */
import * as z from 'zod';
import { ClozeError } from '../base/errors.ts';
import { SCHEDULES } from '../optim/schedule.ts';
import { INITIAL_SCALE } from './loss-scale.ts';
import { PRECISIONS } from './precision-name.ts';

const positive = z.int().positive();
const count = z.int().nonnegative();
const rate = z.number().min(0).max(1);

/** What a user may write; a field that is left out has its default. */
export const TrainingSettingsSchema = z.strictObject({
  steps: positive.default(2000).describe('optimizer steps'),
  batch: positive.default(12).describe('sequences in a batch'),
  accumulate: positive.default(1).describe('batches whose gradients are summed into one step'),
  context: positive.optional().describe("tokens in a sequence; default: the model's context"),
  seed: z
    .int()
    .min(0)
    .max(0x7fffffff)
    .default(1)
    .describe('of the initial weights, the batches, dropout and the split'),
  order: z
    .enum(['random', 'packed'])
    .default('packed')
    .describe('random: sequences start anywhere; packed: epochs over sequences that do not overlap'),
  fimRate: rate.default(0).describe('share of documents rearranged for fill-in-the-middle'),
  fimSpmRate: rate
    .default(0.5)
    .describe('share of those as suffix-prefix-middle, the others as prefix-suffix-middle'),
  maskRate: rate
    .gt(0)
    .default(0.15)
    .describe('mlm: share of the tokens that are hidden or changed, and predicted'),
  maskOrder: z
    .enum(['dynamic', 'static'])
    .default('dynamic')
    .describe('mlm: dynamic hides other tokens in each epoch; static the same ones'),
  maskWords: z.boolean().default(false).describe('mlm: hide whole words rather than pieces of words'),
  classWeights: z
    .enum(['none', 'balanced'])
    .default('none')
    .describe('classify and tag: balanced lets rare classes count as much as frequent ones'),
  testFraction: z
    .number()
    .gte(0)
    .lt(1)
    .default(0.2)
    .describe('classify, tag and qa: share of the examples kept for the test at the end'),
  lengths: positive
    .default(3)
    .describe('classify, tag and qa: lengths that texts are padded to, so that short ones cost less'),
  stride: positive.default(64).describe('qa: tokens between two windows over a long text'),
  validationFraction: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.1)
    .describe('share of the data held out for evaluation'),

  lr: z.number().positive().default(1e-3).describe('peak learning rate'),
  minLr: z
    .number()
    .nonnegative()
    .optional()
    .describe('learning rate at the end of the decay; default: a tenth of lr'),
  schedule: z
    .enum(SCHEDULES)
    .default('cosine')
    .describe('learning rate after the warmup; wsd is warmup-stable-decay'),
  warmup: count.default(100).describe('steps of linear warmup'),
  decaySteps: count
    .optional()
    .describe('steps of the decay; default: all after the warmup, for wsd the last fifth of the run'),
  beta1: rate.lt(1).default(0.9).describe("AdamW's decay of the gradient's mean"),
  beta2: rate.lt(1).default(0.99).describe("AdamW's decay of the squared gradient's mean"),
  epsilon: z.number().positive().default(1e-8).describe("AdamW's guard against division by zero"),
  weightDecay: z.number().nonnegative().default(0.1).describe('decoupled weight decay'),
  decay: z
    .enum(['matrices', 'all'])
    .default('matrices')
    .describe('what decays: parameters with two axes (not biases and norms), or all'),
  clip: z.number().nonnegative().default(1).describe('largest global norm of the gradients; 0: no clipping'),
  recompute: z
    .boolean()
    .default(false)
    .describe('compute activations again in the backward pass: less memory, more time'),
  precision: z
    .enum(PRECISIONS)
    .default('float32')
    .describe(
      'what matrix products of a step compute in, beside weights in float32; emulated where the provider can not (see `cloze device`)',
    ),
  lossScale: z
    .number()
    .positive()
    .default(INITIAL_SCALE)
    .describe('float16: the loss scale at the start; it halves when gradients overflow, and grows again'),

  evalEvery: count.default(250).describe('steps between evaluations; 0: only at the end'),
  evalBatches: count
    .default(200)
    .describe('batches of an evaluation, spread evenly over the validation data; 0: all of it'),
  patience: count.default(0).describe('evaluations without a new best before the run stops early; 0: never'),
  checkpointEvery: count.default(250).describe('steps between checkpoints; 0: only at the end'),
  keep: count.default(2).describe('step-N checkpoints to keep beside last and best'),
  logEvery: positive.default(1).describe('steps between lines of metrics'),
  sampleEvery: count.default(0).describe('steps between samples of generated text; 0: none'),
  samplePrompts: z
    .array(z.string().min(1))
    .optional()
    .describe('what the samples continue; default: the beginning of the validation data'),
  sampleTokens: positive.default(64).describe('tokens of a sample'),
  force: z.boolean().default(false).describe('start even if the memory that is free seems too little'),
});

export type TrainingOptions = z.input<typeof TrainingSettingsSchema>;

/** Settings with every default filled in. */
export type TrainingSettings = Readonly<
  z.output<typeof TrainingSettingsSchema> & { context: number; minLr: number; decaySteps: number }
>;

const WSD_DECAY_SHARE = 0.2;

/** Fills in the defaults that follow from others. Throws `config` on a field that is not what it should be. */
export function resolveSettings(options: TrainingOptions, modelContext: number): TrainingSettings {
  const parsed = TrainingSettingsSchema.safeParse(options);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ClozeError('config', `training.${issue!.path.join('.')}: ${issue!.message}`);
  }
  const settings = parsed.data;
  const { steps, warmup, lr, schedule } = settings;
  const decaySteps = schedule === 'wsd' ? Math.round(steps * WSD_DECAY_SHARE) : Math.max(0, steps - warmup);
  return {
    ...settings,
    context: settings.context ?? modelContext,
    minLr: settings.minLr ?? lr / 10,
    decaySteps: settings.decaySteps ?? decaySteps,
  };
}
