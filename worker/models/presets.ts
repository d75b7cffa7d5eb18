import { ClozeError } from '../base/errors.ts';
import { ENCODER_PRESETS } from './bert-presets.ts';
import type { GptConfig, ModelConfig } from './config.ts';
import { GptConfigSchema } from './config.ts';

export { ENCODER_PRESETS };

interface Shape {
  readonly vocab: number;
  readonly context: number;
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
}

/** A GPT-2: learned positions, Pre-LN, tanh-GELU of four times the width, tied head. */
function gpt2(shape: Shape, more: Partial<GptConfig> = {}): GptConfig {
  return GptConfigSchema.parse({
    layout: 'gpt2',
    ...shape,
    kvHeads: shape.heads,
    headWidth: shape.width / shape.heads,
    feedForward: 4 * shape.width,
    ...more,
  });
}

const paperDropout = { embeddingDropout: 0.1, attentionDropout: 0.1, residualDropout: 0.1 };

/**
 * A GPT-2 for CPUs, without biases. GPT-2's initial weights, N(0, 0.02), are made for its widths; a narrow layer
 * with them hardly adds to its sums, and learns late. So the deviation grows as the fan-in shrinks: the same
 * variance of a layer's output as at GPT-2's width of 768.
 */
function small(shape: Shape): GptConfig {
  return gpt2(shape, { bias: 'none', initRange: 0.02 * Math.sqrt(768 / shape.width) });
}

/** A Mixtral: as Llama, with eight experts in each layer, of which two see a token. */
function mixtral(shape: Shape, more: Partial<GptConfig>): GptConfig {
  return GptConfigSchema.parse({
    layout: 'mixtral',
    ...shape,
    norm: 'rmsnorm',
    positions: 'rotary',
    activation: 'swiglu',
    bias: 'none',
    experts: 8,
    ...more,
  });
}

/**
 * Decoders by name. gpt-nano, gpt-micro, gpt-mini and moe-micro are sized for CPUs; their vocab is a default that the
 * tokenizer replaces. moe-micro computes a token with about as many parameters as gpt-micro, and has three times as many. The others are as published: GPT-1 (Radford et al. 2018), GPT-2 (Radford et al. 2019, the
 * released checkpoints), GPT-3 (Brown et al. 2020, table 2.1; its sparse attention has the same parameters), Mixtral 8x7B
 * (Jiang et al. 2024, to count).
 */
const DECODER_PRESETS = {
  'gpt-nano': small({ vocab: 4096, context: 128, layers: 3, heads: 3, width: 48 }),
  'gpt-micro': small({ vocab: 8192, context: 256, layers: 4, heads: 4, width: 128 }),
  'gpt-mini': small({ vocab: 8192, context: 256, layers: 6, heads: 6, width: 384 }),
  'moe-micro': mixtral(
    { vocab: 8192, context: 256, layers: 4, heads: 4, width: 128 },
    { kvHeads: 4, headWidth: 32, feedForward: 176, initRange: 0.02 * Math.sqrt(768 / 128) },
  ),
  gpt1: gpt2(
    { vocab: 40478, context: 512, layers: 12, heads: 12, width: 768 },
    { layout: 'openai-gpt', normPlacement: 'post', ...paperDropout },
  ),
  gpt2: gpt2({ vocab: 50257, context: 1024, layers: 12, heads: 12, width: 768 }, paperDropout),
  'gpt2-medium': gpt2({ vocab: 50257, context: 1024, layers: 24, heads: 16, width: 1024 }, paperDropout),
  'gpt2-large': gpt2({ vocab: 50257, context: 1024, layers: 36, heads: 20, width: 1280 }, paperDropout),
  'gpt2-xl': gpt2({ vocab: 50257, context: 1024, layers: 48, heads: 25, width: 1600 }, paperDropout),
  'gpt3-175b': gpt2({ vocab: 50257, context: 2048, layers: 96, heads: 96, width: 12288 }),
  'mixtral-8x7b': mixtral(
    { vocab: 32000, context: 32768, layers: 32, heads: 32, width: 4096 },
    { kvHeads: 8, headWidth: 128, feedForward: 14336, ropeTheta: 1e6, tiedHead: false },
  ),
} as const satisfies Record<string, GptConfig>;

/** Architectures by name, decoders first. */
export const PRESETS = { ...DECODER_PRESETS, ...ENCODER_PRESETS } as const;

export type PresetName = keyof typeof PRESETS;

export const PRESET_NAMES: readonly PresetName[] = Object.keys(PRESETS).filter(isPresetName);

export function isPresetName(name: string): name is PresetName {
  return Object.hasOwn(PRESETS, name);
}

/** The configuration of a preset. Throws `usage` on a name that is none. */
export function preset<Name extends PresetName>(name: Name): (typeof PRESETS)[Name];
export function preset(name: string): ModelConfig;
export function preset(name: string): ModelConfig {
  if (isPresetName(name)) return PRESETS[name];
  throw new ClozeError('usage', `unknown preset ${name}, expected one of ${PRESET_NAMES.join(', ')}`);
}
