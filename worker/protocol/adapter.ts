/** What an adapter is, and what it changes: what the LoRA page and `cloze adapter` show. */
import * as z from 'zod';
import type { Methods } from './rpc.ts';

const count = z.int().nonnegative();
const bytes = z.number().nonnegative();

export const AdapterRequestSchema = z.strictObject({
  /** An adapter's folder, or that of a run: then its last checkpoint. */
  model: z.string(),
});
export type AdapterRequest = Readonly<z.output<typeof AdapterRequestSchema>>;

export const AdaptedLayerSchema = z.strictObject({
  /** Name of the module, such as `transformer.h.0.attn.c_attn`. */
  module: z.string(),
  /** The number of its layer in the stack. */
  layer: count,
  /** What it is in each layer, such as `attn.c_attn`. */
  target: z.string(),
  rank: count,
  /** Factor on B A. */
  scale: z.number(),
  /** Frobenius norms: of what is added, scale B A, and of the weight that it is added to. */
  norm: z.number(),
  baseNorm: z.number(),
  /** Of scale B A, the largest first, as many as the rank. */
  singularValues: z.array(z.number()),
});
export type AdaptedLayer = Readonly<z.output<typeof AdaptedLayerSchema>>;

export const AdapterReportSchema = z.strictObject({
  /** The folder that was read: of a run, its last checkpoint. */
  folder: z.string(),
  /** The folder's name; of a run's checkpoint the run's. */
  name: z.string(),
  /** The model that it is added to: its folder, and its name. */
  base: z.string(),
  baseName: z.string(),
  /** Of a run's checkpoint, how many steps it has trained. */
  step: count.optional(),
  /** Parameters of the base, and of the adapter. */
  parameters: count,
  trainable: count,
  /** Modules that are trained and kept whole, such as a head of classes. */
  saved: z.array(z.string()),
  layers: z.array(AdaptedLayerSchema),
  /** Estimated bytes of a training step, B x T tokens, in float32. */
  memory: z.strictObject({ batch: count, context: count, full: bytes, adapter: bytes }),
});
export type AdapterReport = Readonly<z.output<typeof AdapterReportSchema>>;

export const ADAPTER_METHODS = {
  /** Reads an adapter and the weights that it changes; the model need not be open. */
  adapter: { params: AdapterRequestSchema, result: AdapterReportSchema },
} satisfies Methods;
