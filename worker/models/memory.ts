import type { HalfType } from '../base/half.ts';
import { sizeOf } from '../graph/tensor.ts';
import type { Quantised } from '../nn/quantised.ts';
import { isEncoder, type ModelConfig } from './config.ts';
import { hasExperts, sizeOfAll } from './layout.ts';
import { type Adapter, adapterShapes, trainedShapes, type TrainedModel } from './lora.ts';
import { quantisedForGeneration, stateShapes } from './quantised.ts';
import type { WeightPrecision } from './weight-precision.ts';

const FLOAT_BYTES = 4;

/** Forms of a quantised weight in training: for the product, for its gradient, for the evaluation. */
const BAKED_IN_TRAINING = 3;

/** AdamW keeps two moments a parameter. */
const OPTIMIZER_MOMENTS = 2;

/** Arrays of B x T x V that live at once at the loss: logits, their softmax, their gradient. */
const LOGITS_COPIES = 3;

/** Share of an encoder's tokens that masked language modelling predicts unless told otherwise (Devlin et al. 2018). */
const MASKED_SHARE = 0.15;

/** Arrays of T x T a head kept for the backward pass: the attention weights; before and after dropout. */
const ATTENTION_MAPS = 1;
const ATTENTION_MAPS_WITH_DROPOUT = 2;

/** Rows of width C that a layer keeps a token: two norm outputs, two residual sums. */
const WIDTH_ROWS = 4;

/** Rows of width F that a layer keeps a token: before and after the activation; a gate has two of each. */
const FEED_FORWARD_ROWS = 2;
const GATED_ROWS = 4;

/** Rows of width C for each expert that sees a token: what is sent to it, and its answer. */
const SENT_ROWS = 2;

/** Numbers a token and expert of a router: score, probability, its logarithm. */
const ROUTER_ROWS = 3;

/** Layers whose activations have a gradient at the same time during the backward pass. */
const LAYERS_WITH_GRADIENT = 1;

export interface MemoryUse {
  readonly mode: 'training' | 'inference';
  /** B, sequences at once; default 1. */
  readonly batch?: number;
  /** T, tokens a sequence; default the model's context. */
  readonly context?: number;
  /** Batches whose gradients are summed into one step; default 1. */
  readonly accumulate?: number;
  /** Activation checkpointing: each layer keeps its input only and is computed again in the backward pass. */
  readonly recompute?: boolean;
  /** Share of the tokens that masked language modelling predicts; default 0.15. */
  readonly maskRate?: number;
  readonly adapter?: Adapter | undefined;
  /** What the weights are held in for inference; default float32. */
  readonly weights?: WeightPrecision | undefined;
  /** What steps compute in; default float32. */
  readonly precision?: 'float32' | HalfType;
}

/** Bytes by part, everything in float32 but weights that are quantised. */
export interface MemoryEstimate {
  readonly parameters: number;
  readonly gradients: number;
  readonly optimizer: number;
  readonly activations: number;
  readonly logits: number;
  readonly kvCache: number;
  readonly total: number;
}

/**
 * What a run needs, P parameters, in float32:
 * training: parameters P (in 16 bits 2P: they are rounded into copies, which are of float32 where that is emulated),
 * gradients P (2P when accumulating: a sum and the batch's own), moments 2P (of an adapted model
 * for the parameters of the adapter only, of its base three times codes and scales where it is quantised), activations
 * L x B x T x a layer's row (with recomputation L x B x T x C and one whole layer), logits 3 x B x T x V; of an encoder
 * logits for the masked tokens only, and none where its head has a few classes.
 * inference: parameters P, KV cache 2 x L x B x T x K x D of a decoder, one layer's activations, logits B x V.
 * A layer's row is 4 C + (2 or 4) F + (2 H + 2 K) D + (1 or 2) H x T floats a token; with experts, of which k see a token,
 * k (4 F + 2 C) + 3 E in the place of 4 F.
 */
export function estimateMemory(config: ModelConfig, use: MemoryUse): MemoryEstimate {
  const { mode, batch = 1, context = config.context, accumulate = 1, recompute = false } = use;
  const { maskRate = MASKED_SHARE, adapter, weights = 'float32', precision = 'float32' } = use;
  const { layers, width } = config;
  const { kvHeads, headWidth } = headsOf(config);
  const trained = sizeOfAll(trainedShapes(config, adapter));
  const tokens = batch * context;
  const layer = tokens * floatsPerToken(config, context);
  const training = mode === 'training';
  const kept = recompute ? layers * tokens * width + layer : layers * layer;
  const floats = {
    gradients: training ? trained * (accumulate > 1 ? 2 : 1) : 0,
    optimizer: training ? trained * OPTIMIZER_MOMENTS : 0,
    activations: training ? kept + LAYERS_WITH_GRADIENT * layer : layer,
    logits:
      vocabularyRows(config, training ? tokens : batch, maskRate) *
      config.vocab *
      (training ? LOGITS_COPIES : 1),
    kvCache: training || isEncoder(config) ? 0 : 2 * layers * tokens * kvHeads * headWidth,
  };
  const quantised = training ? adapter?.quantised : quantisedForGeneration(config, weights);
  const casts = training && precision !== 'float32' ? 2 : 1;
  return inBytes(parameterBytes({ config, adapter }, quantised, { training, casts }), floats);
}

/** Parameters in float32 lie in memory once, or `casts` times; those that are quantised once for each form in which a program has them baked in. */
function parameterBytes(
  { config, adapter }: TrainedModel,
  quantised: Quantised | undefined,
  { training, casts }: { readonly training: boolean; readonly casts: number },
): number {
  let bytes = sizeOfAll(adapterShapes(adapter)) * FLOAT_BYTES * casts;
  for (const [name, { dtype, shape }] of stateShapes(config, quantised)) {
    const isQuantised = !name.endsWith('.weight') && !name.endsWith('.bias');
    const copies = isQuantised ? (training ? BAKED_IN_TRAINING : 1) : casts;
    bytes += sizeOf(shape) * (dtype === 'float32' ? FLOAT_BYTES : 1) * copies;
  }
  return bytes;
}

/** How many of these tokens have scores over the vocabulary. */
function vocabularyRows(config: ModelConfig, tokens: number, maskRate: number): number {
  if (!isEncoder(config)) return tokens;
  return config.head === 'mlm' || config.head === 'mlm+nsp' ? Math.ceil(maskRate * tokens) : 0;
}

function headsOf(config: ModelConfig): { kvHeads: number; headWidth: number } {
  return isEncoder(config) ? { kvHeads: config.heads, headWidth: config.width / config.heads } : config;
}

/** What one layer keeps of one token for the backward pass. */
function floatsPerToken(config: ModelConfig, context: number): number {
  const { width, heads, attentionDropout } = config;
  const { kvHeads, headWidth } = headsOf(config);
  const maps = attentionDropout > 0 ? ATTENTION_MAPS_WITH_DROPOUT : ATTENTION_MAPS;
  const attention = (2 * heads + 2 * kvHeads) * headWidth + maps * heads * context; // q, k, v, weights, their sum
  return WIDTH_ROWS * width + feedForwardFloats(config) + attention;
}

function feedForwardFloats(config: ModelConfig): number {
  const { width, feedForward, activation } = config;
  const rows = activation === 'swiglu' ? GATED_ROWS : FEED_FORWARD_ROWS;
  if (isEncoder(config) || !hasExperts(config)) return rows * feedForward;
  const { experts, expertsPerToken } = config;
  return expertsPerToken * (rows * feedForward + SENT_ROWS * width) + ROUTER_ROWS * experts;
}

function inBytes(parameters: number, floats: Omit<MemoryEstimate, 'total' | 'parameters'>): MemoryEstimate {
  const { gradients, optimizer, activations, logits, kvCache } = floats;
  const total = parameters + (gradients + optimizer + activations + logits + kvCache) * FLOAT_BYTES;
  return {
    parameters,
    gradients: gradients * FLOAT_BYTES,
    optimizer: optimizer * FLOAT_BYTES,
    activations: activations * FLOAT_BYTES,
    logits: logits * FLOAT_BYTES,
    kvCache: kvCache * FLOAT_BYTES,
    total,
  };
}
