/** What a user may set of a generation. */
import * as z from 'zod';

export const SamplingSchema = z.strictObject({
  /** Divides the logits; 0 takes the most probable token (greedy). */
  temperature: z.number().min(0).default(1),
  /** Only the K most probable tokens; 0 is all of them (Fan et al. 2018). */
  topK: z.int().min(0).default(0),
  /** Only the most probable tokens that together reach this probability (nucleus sampling, Holtzman et al. 2020). */
  topP: z.number().gt(0).max(1).default(1),
  /** Makes tokens of the context less likely; 1 is off (CTRL, Keskar et al. 2019, section 4.1). */
  repetitionPenalty: z.number().positive().default(1),
  seed: z.int().min(0).default(0),
});

export type Sampling = z.infer<typeof SamplingSchema>;

export const GenerationSchema = SamplingSchema.extend({
  maxTokens: z.int().positive().default(128),
  /** Strings before which the text ends. */
  stop: z.array(z.string().min(1)).default([]),
});

export type GenerationSettings = z.infer<typeof GenerationSchema>;

/** As for any generation, with defaults for code at a cursor. */
export const CompletionSettingsSchema = GenerationSchema.extend({
  maxTokens: GenerationSchema.shape.maxTokens.default(64),
  temperature: GenerationSchema.shape.temperature.default(0),
});

export type CompletionSettings = z.infer<typeof CompletionSettingsSchema>;
