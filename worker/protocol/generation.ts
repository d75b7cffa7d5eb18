import * as z from 'zod';
import { CompletionSettingsSchema, GenerationSchema } from '../generation/settings.ts';
import { NoteSchema } from './events.ts';
import { WEIGHT_PRECISIONS } from '../models/weight-precision.ts';
import { GenerationEventSchema } from '../generation/events.ts';

export { WEIGHT_PRECISIONS, type WeightPrecision } from '../models/weight-precision.ts';
export { type Completion, CompletionSchema } from '../generation/completion/result.ts';
export { type DoneEvent, DoneEventSchema, type GenerationEvent } from '../generation/events.ts';

const model = {
  /** A model folder, or a run folder: then its best checkpoint. */
  model: z.string(),
  /** Default 'auto'. */
  provider: z.string().optional(),
  /** Default: float32, but int8 for a large model that is stored in 16 bits. */
  weights: z.enum(WEIGHT_PRECISIONS).optional(),
};

/** Which model is to write, and where. */
export const TextModelRequestSchema = z.strictObject({
  ...model,
  /** Adapters that may be asked for in its place soon: with room for them kept, that takes a moment. Default: no room. */
  beside: z.array(z.string()).optional(),
});

export type TextModelRequest = Readonly<z.output<typeof TextModelRequestSchema>>;

export const ModelDescriptionSchema = z.strictObject({
  /** The folder that was read: of a run, the checkpoint's. */
  folder: z.string(),
  /** The folder's name; of a run's checkpoint the run's. */
  name: z.string(),
  /** Name of the model that it is an adapter of, where the two are not merged. */
  base: z.string().optional(),
  /** The family of architectures: 'gpt2', 'llama', ... */
  kind: z.string(),
  parameters: z.int(),
  /** Tokens that the model sees at once. */
  context: z.int(),
  /** Whether it has learned to fill in the middle. */
  fim: z.boolean(),
  /** What it computes on. */
  provider: z.string(),
  /** What its weights are held in. */
  weights: z.enum(WEIGHT_PRECISIONS),
  /** What is worth knowing and stops nothing. */
  notes: z.array(z.string()),
});

export type ModelDescription = Readonly<z.output<typeof ModelDescriptionSchema>>;

export const GenerateRequestSchema = z.strictObject({
  ...model,
  prompt: z.string(),
  /** Fields that are left out have their defaults. */
  settings: GenerationSchema.partial().optional(),
});

export type GenerateRequest = Readonly<z.output<typeof GenerateRequestSchema>>;

export const LikelihoodRequestSchema = z.strictObject({ ...model, text: z.string() });

export type LikelihoodRequest = Readonly<z.output<typeof LikelihoodRequestSchema>>;

export const LikelihoodSchema = z.strictObject({
  /** The text's tokens, or its last ones where it is longer than the context, with -ln of each one's probability. */
  tokens: z.array(z.strictObject({ text: z.string(), nats: z.number() })),
  /** Their mean. */
  loss: z.number(),
});

export type Likelihood = Readonly<z.output<typeof LikelihoodSchema>>;

/** What generating tells on the way. */
export const GenerateEventSchema = z.union([GenerationEventSchema, NoteSchema]);

export const CompleteRequestSchema = z.strictObject({
  ...model,
  /** The file before the cursor and after it, or as much of both as the model can see. */
  prefix: z.string(),
  suffix: z.string(),
  /** Pieces of other files to show the model first, the oldest first: of too many the newest stay. */
  neighbours: z.array(z.string()).optional(),
  /** One level of indentation; default: what the file has. */
  indent: z
    .string()
    .regex(/^(\t| +)$/, 'expected a tab or some spaces')
    .optional(),
  /** How far the completion goes; 'auto' (default) decides by where the cursor stands. */
  lines: z.enum(['auto', 'single', 'multi']).optional(),
  /** Whether to show the model what follows the cursor; default: if it was trained to fill in the middle. */
  fim: z.boolean().optional(),
  /** Ms that it may take from its arrival, without the time to open the model; default: no limit. */
  budgetMs: z.number().nonnegative().optional(),
  /** Fields that are left out have the defaults of a completion: 64 tokens at most, temperature 0. */
  settings: CompletionSettingsSchema.partial().optional(),
});

export type CompleteRequest = Readonly<z.output<typeof CompleteRequestSchema>>;
