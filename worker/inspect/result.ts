/** What inspection tells of a model and a text. Letters: L layers, H heads, T tokens. */
import * as z from 'zod';

const count = z.int().nonnegative();

/** A token as the model sees it. */
export const InspectedTokenSchema = z.strictObject({
  id: count,
  /** The text that it stands for, or its entry in the vocabulary where that says more. */
  text: z.string(),
  /** UTF-16 offsets into its text; 0 and 0 of a token that was added around the texts. */
  start: count,
  end: count,
  /** 0: of the first text, 1: of the second. */
  segment: z.int().min(0).max(1),
  /** Whether it is a special token, such as [CLS]. */
  special: z.boolean(),
});
export type InspectedToken = Readonly<z.output<typeof InspectedTokenSchema>>;

export const AttentionSchema = z.strictObject({
  /** The model's name; of a run's checkpoint the run's. */
  name: z.string(),
  /** The folder that was read: of a run, the last checkpoint's. */
  folder: z.string(),
  /** The family of architectures: 'gpt2', 'bert', ... */
  kind: z.string(),
  /** Of a run's checkpoint, how many steps it has trained. */
  step: count.optional(),
  /** Of an adapter, the name of its base. */
  base: z.string().optional(),
  /** Whether the weights are the base's minus the adapter's. */
  difference: z.boolean().optional(),
  /** Whether a token sees only those before it. */
  causal: z.boolean(),
  /** Whether it takes a second text. */
  pairs: z.boolean(),
  /** Whether it predicts masked tokens. */
  predicts: z.boolean(),
  layers: count,
  heads: count,
  tokens: z.array(InspectedTokenSchema).readonly(),
  /** Tokens of the texts, with those that were cut off. */
  total: count,
  /** [L, H, T, T]: the share of row i's attention that goes to column j. */
  weights: z.instanceof(Float32Array),
  /** [L, H]: mean entropy of a row, in bits. */
  entropies: z.instanceof(Float32Array),
});
export type Attention = Readonly<z.output<typeof AttentionSchema>>;

/** What a model says stands at a place, and how likely. */
export const PredictionSchema = z.strictObject({
  id: count,
  text: z.string(),
  probability: z.number().min(0).max(1),
});
export type Prediction = Readonly<z.output<typeof PredictionSchema>>;
