import * as z from 'zod';
import { WEIGHT_PRECISIONS } from '../worker/models/weight-precision.ts';
import { PROVIDERS } from '../worker/runtime/provider.ts';

/** What both sides of the training benchmark are told. */
export const StepSpecSchema = z.object({
  batch: z.int(),
  length: z.int(),
  vocab: z.int(),
  layers: z.int(),
  heads: z.int(),
  width: z.int(),
  bias: z.boolean(),
  /** Of a BERT that learns classes of texts; 0 for a GPT. */
  classes: z.int().default(0),
  /** Rank of an adapter that is trained in the place of a GPT's own weights; 0 for none. */
  rank: z.int().default(0),
  /** What the adapter's frozen base is held in. */
  base: z.enum(WEIGHT_PRECISIONS).default('float32'),
  threads: z.int(),
  warmup: z.int(),
  steps: z.int(),
  provider: z.enum(PROVIDERS).default('cpu'),
  profile: z.boolean().default(false),
  spinMicroseconds: z.int().optional(),
});

const GemmOp = z.object({ name: z.string(), ms: z.number() });

export const StepResultSchema = z.object({
  version: z.string().default('Cloze'),
  stepMs: z.number(),
  bestMs: z.number(),
  memoryBytes: z.number(),
  gemm: z.array(z.number()).nullish(),
  profile: z.object({ gemmShare: z.number(), gemmMs: z.number(), ops: z.array(GemmOp) }).optional(),
});

export type StepMeasurement = z.infer<typeof StepResultSchema>;
