/** The plain PyTorch decoder (decoder.py) that decoders of several shapes are compared with. */
import type * as z from 'zod';
import { Random } from '../../worker/base/random.ts';
import { type GptConfig, GptConfigSchema } from '../../worker/models/config.ts';
import type { randomWeights } from '../support/random-weights.ts';
import { askScript, numbers, TrainedSchema } from './torch.ts';

/** Sequences in a batch, and tokens of each. */
export const B = 3;
export const T = 11;
const tiny = {
  vocab: 53,
  context: 16,
  layers: 2,
  width: 24,
  heads: 4,
  kvHeads: 4,
  headWidth: 6,
  feedForward: 48,
};
const llama = {
  layout: 'llama',
  norm: 'rmsnorm',
  positions: 'rotary',
  activation: 'swiglu',
  bias: 'none',
  tiedHead: false,
};

export const MODELS: Readonly<Record<string, GptConfig>> = {
  'GPT-2-shaped': GptConfigSchema.parse(tiny),
  'GPT-1-shaped': GptConfigSchema.parse({ ...tiny, layout: 'openai-gpt', normPlacement: 'post' }),
  'Llama-shaped, GQA': GptConfigSchema.parse({ ...tiny, ...llama, kvHeads: 2 }),
  'Qwen2-shaped, tied head': GptConfigSchema.parse({
    ...tiny,
    ...llama,
    layout: 'qwen2',
    kvHeads: 2,
    bias: 'qkv',
    tiedHead: true,
  }),
  'GPT-2 layout, MQA, exact GELU, no biases': GptConfigSchema.parse({
    ...tiny,
    kvHeads: 1,
    activation: 'gelu',
    bias: 'none',
  }),
};

const FUSED = {
  layers: 'transformer.h',
  attention: 'attn',
  norm1: 'ln_1',
  norm2: 'ln_2',
  lastNorm: 'transformer.ln_f',
};
const SPLIT = {
  layers: 'model.layers',
  attention: 'self_attn',
  norm1: 'input_layernorm',
  norm2: 'post_attention_layernorm',
  lastNorm: 'model.norm',
  tokens: 'model.embed_tokens.weight',
};
const NAMES: Readonly<Partial<Record<GptConfig['layout'], Readonly<Record<string, string>>>>> = {
  gpt2: { ...FUSED, tokens: 'transformer.wte.weight', positions: 'transformer.wpe.weight' },
  'openai-gpt': {
    ...FUSED,
    tokens: 'transformer.tokens_embed.weight',
    positions: 'transformer.positions_embed.weight',
  },
  llama: SPLIT,
  qwen2: SPLIT,
};

const Answer = TrainedSchema.extend({ logits: numbers });

export type TorchAnswer = z.infer<typeof Answer>;

/** Ids, and targets of which some do not count. */
export function randomBatch({ vocab }: GptConfig, title: string): { ids: Int32Array; targets: Int32Array } {
  const random = new Random(1, title);
  const ids = Int32Array.from({ length: B * T }, () => random.integer(vocab));
  const targets = Int32Array.from({ length: B * T }, (_, i) => (i % 7 === 3 ? -1 : random.integer(vocab)));
  return { ids, targets };
}

export interface TorchQuestion {
  readonly ids: Int32Array;
  readonly targets: Int32Array;
  readonly weights: ReturnType<typeof randomWeights>;
  /** Default: everything in float64. */
  readonly precision?: 'float16' | 'bfloat16';
  readonly lossScale?: number;
}

/** Logits, gradients and steps of {@link OPTIMIZER} as PyTorch computes them. */
export function askTorch(config: GptConfig, { ids, targets, weights, ...more }: TorchQuestion): TorchAnswer {
  const question = {
    config,
    names: NAMES[config.layout],
    batch: B,
    length: T,
    ids: [...ids],
    targets: [...targets],
    weights,
    ...more,
  };
  return askScript('decoder.py', question, Answer);
}
