import type { Routing } from '../models/routing-schema.ts';
import type { WeightPrecision } from '../models/weight-precision.ts';
import * as z from 'zod';
import { OBJECTIVES } from '../training/objective-name.ts';

const paths = z.array(z.string());
const provider = z.string().optional();
const count = z.int().positive().optional();
const values = z.record(z.string(), z.unknown());

/** Values of model, training and adapter fields by name; fields that are left out have their defaults. */
export const SettingValuesSchema = z.strictObject({
  model: values,
  training: values,
  /** Where it is there, an adapter of the model is trained, and not the model. */
  lora: values.optional(),
});

export type SettingValues = z.output<typeof SettingValuesSchema>;

/** What a training run is asked for. */
export const TrainRequestSchema = z.strictObject({
  /** Files, folders and globs. */
  data: paths,
  /** Default: next tokens for a decoder, masked tokens for an encoder. */
  objective: z.enum(OBJECTIVES).optional(),
  /** A preset's name, or a model folder whose weights training begins with. */
  model: z.string(),
  /** 'bpe:N', 'wordpiece:N' or 'char', trained on the data, or a tokenizer's folder; default: the model folder's, or one of the preset's size. */
  tokenizer: z.string().optional(),
  /** The run folder, made if missing. */
  out: z.string(),
  /** Default 'auto'. */
  provider,
  /** Threads inside one operator; default: the cores that the process may use. */
  threads: count,
  /** Whether to measure where the time goes. */
  profile: z.boolean().optional(),
  /** As `--set` and `--config` give them (services/settings.ts). */
  settings: SettingValuesSchema.optional(),
});

export type TrainRequest = z.output<typeof TrainRequestSchema>;

export const ResumeRequestSchema = z.strictObject({
  /** The run folder. */
  run: z.string(),
  /** Default: the one the run was using. */
  provider,
});

export type ResumeRequest = z.output<typeof ResumeRequestSchema>;

/** How far the work before the first step is. */
export const PrepareProgressSchema = z.object({
  phase: z.enum(['reading files', 'counting words', 'merging', 'encoding']),
  done: z.number(),
  /** Where it is known. */
  total: z.number().optional(),
});

export type PrepareProgress = z.output<typeof PrepareProgressSchema>;

export interface EvaluateRequest {
  /** A model folder, or a run folder: then its best checkpoint. */
  readonly model: string;
  /** Files, folders and globs; all of their text counts. */
  readonly data: readonly string[];
  readonly provider?: string | undefined;
  /** B, sequences at once; default 8. */
  readonly batch?: number | undefined;
  /** T, tokens a sequence; default the model's context. */
  readonly context?: number | undefined;
  /** What the weights are rounded to, as when the model writes with them; default float32. */
  readonly weights?: WeightPrecision | undefined;
}

export interface EvaluateResult {
  readonly model: string;
  /** Mean cross-entropy a token, in nats. */
  readonly loss: number;
  readonly perplexity: number;
  /** Cross-entropy a byte of text, in bits: comparable between tokenizers. */
  readonly bitsPerByte: number;
  /** Tokens that were predicted. */
  readonly tokens: number;
  readonly files: number;
  readonly bytes: number;
  readonly leftOut: Readonly<Record<string, number>>;
  /** How the routers of a mixture of experts spread the tokens. */
  readonly routing?: Routing | undefined;
  readonly seconds: number;
  /** Where the weights were rounded: what they give in float32. */
  readonly float32?: { readonly loss: number; readonly perplexity: number } | undefined;
}
