/** What llama.cpp calls a model, and whether it computes it. */
import { ClozeError } from '../../base/errors.ts';
import { type GptConfig, isEncoder, type ModelConfig } from '../../models/config.ts';
import { hasArchitecture } from '../../models/huggingface.ts';
import { hasExperts } from '../../models/layout.ts';
import { float32, type GgufMetadata, type GgufValue, uint32 } from './format.ts';

/** llama.cpp's architectures by Hugging Face's families. */
const ARCHITECTURES = {
  gpt2: 'gpt2',
  gpt_bigcode: 'starcoder',
  llama: 'llama',
  mixtral: 'llama', // which has experts where a file says how many
  qwen2: 'qwen2',
  starcoder2: 'starcoder2',
} as const;

export type GgufLayout = keyof typeof ARCHITECTURES;

/** A decoder that llama.cpp computes. */
export type GgufConfig = GptConfig & { readonly layout: GgufLayout };

/** The configuration of a model that GGUF files hold. Throws `model`, saying what llama.cpp lacks. */
export function requireGguf(config: ModelConfig): GgufConfig {
  if (isEncoder(config))
    throw refusal('it is an encoder, and GGUF files are written of decoders only', config);
  const { layout } = config;
  if (layout === 'openai-gpt') {
    throw refusal('llama.cpp has no openai-gpt, which has its norms after the residual sums', config);
  }
  if (!hasArchitecture(config)) {
    throw refusal(`llama.cpp's ${ARCHITECTURES[layout]} has no such norm, activation or positions`, config);
  }
  if (config.activation === 'gelu') {
    throw refusal(`llama.cpp's ${ARCHITECTURES[layout]} has the tanh approximation of GELU only`, config);
  }
  return { ...config, layout };
}

function refusal(why: string, { layout, activation, normPlacement }: ModelConfig): ClozeError {
  return new ClozeError('model', `this model can not be written as GGUF: ${why}`, {
    hint: 'export it as ONNX or as a Hugging Face folder',
    details: { layout, activation, normPlacement },
  });
}

/** Whether llama.cpp computes a model as its llama. */
export function isLlama({ layout }: GgufConfig): boolean {
  return ARCHITECTURES[layout] === 'llama';
}

/** The keys that describe a model, under its architecture's name. */
export function architectureMetadata(config: GgufConfig): GgufMetadata {
  const architecture = ARCHITECTURES[config.layout];
  const { context, width, feedForward, layers, heads, kvHeads, headWidth } = config;
  const own: Record<string, GgufValue> = {
    context_length: uint32(context),
    embedding_length: uint32(width),
    feed_forward_length: uint32(feedForward),
    block_count: uint32(layers),
    'attention.head_count': uint32(heads),
    'attention.head_count_kv': uint32(kvHeads),
    [`attention.layer_norm_${config.norm === 'rmsnorm' ? 'rms_' : ''}epsilon`]: float32(config.normEpsilon),
    ...(config.positions === 'rotary' && {
      'attention.key_length': uint32(headWidth),
      'attention.value_length': uint32(headWidth),
      'rope.dimension_count': uint32(headWidth),
      'rope.freq_base': float32(config.ropeTheta),
    }),
    ...(hasExperts(config) && {
      expert_count: uint32(config.experts),
      expert_used_count: uint32(config.expertsPerToken),
    }),
  };
  const keys = Object.entries(own).map(([key, value]) => [`${architecture}.${key}`, value] as const);
  return new Map([['general.architecture', architecture], ...keys]);
}
