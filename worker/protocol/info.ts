import * as z from 'zod';
import type { ModuleParameters } from '../models/layout.ts';
import type { MemoryEstimate } from '../models/memory.ts';
import { SettingValuesSchema } from './train.ts';

export type { MemoryEstimate, ModuleParameters };

const count = z.int().positive();

export const InfoRequestSchema = z.strictObject({
  /** A preset's name, a model folder, or a run folder: then its best checkpoint. */
  model: z.string(),
  /** Model fields to change first. */
  settings: SettingValuesSchema.optional(),
  /** B of the training estimate; inference is estimated for one sequence. Default 1. */
  batch: count.optional(),
  /** T of both estimates; default the model's context. */
  context: count.optional(),
});

export type InfoRequest = z.output<typeof InfoRequestSchema>;

const ModuleParametersSchema: z.ZodType<ModuleParameters> = z.object({
  name: z.string(),
  parameters: z.int(),
  get children() {
    return z.array(ModuleParametersSchema);
  },
});

const MemoryEstimateSchema: z.ZodType<MemoryEstimate> = z.object({
  parameters: z.number(),
  gradients: z.number(),
  optimizer: z.number(),
  activations: z.number(),
  logits: z.number(),
  kvCache: z.number(),
  total: z.number(),
});

export const ModelInfoSchema = z.object({
  model: z.string(),
  config: z.record(z.string(), z.unknown()),
  parameters: z.int(),
  /** Those that compute a token: fewer, where a token goes to some of several experts. */
  activeParameters: z.int(),
  modules: ModuleParametersSchema,
  batch: z.int(),
  context: z.int(),
  memory: z.object({
    training: MemoryEstimateSchema,
    /** Training an adapter of rank 8 on what a family usually has adapted, */
    lora: MemoryEstimateSchema,
    /** with the frozen weights held in 4 bits. */
    quantisedLora: MemoryEstimateSchema,
    inference: MemoryEstimateSchema,
  }),
});

export type ModelInfo = z.output<typeof ModelInfoSchema>;
