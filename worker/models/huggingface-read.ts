import * as z from 'zod';
import { checked } from '../base/checked.ts';
import type { Json } from '../checkpoints/folder.ts';
import { readBert, readRoberta } from './huggingface-bert.ts';
import { choice, GELU_NAMES, or, rate, refuse, size, unsupported } from './huggingface-fields.ts';

const fusedFields = {
  n_embd: or(size, 768),
  n_layer: or(size, 12),
  n_head: or(size, 12),
  embd_pdrop: or(rate, 0.1),
  attn_pdrop: or(rate, 0.1),
  resid_pdrop: or(rate, 0.1),
  layer_norm_epsilon: or(z.number().positive(), 1e-5),
  initializer_range: or(z.number().positive(), 0.02),
  tie_word_embeddings: or(z.boolean(), true),
};

const Gpt2Json = z.looseObject({
  ...fusedFields,
  vocab_size: or(size, 50257),
  n_positions: or(size, 1024),
  n_inner: size.nullish(),
  activation_function: or(z.string(), 'gelu_new'),
});

const OpenAiJson = z.looseObject({
  ...fusedFields,
  vocab_size: or(size, 40478),
  n_positions: or(size, 512),
  afn: or(z.string(), 'gelu'),
});

const LlamaJson = z.looseObject({
  vocab_size: or(size, 32000),
  hidden_size: or(size, 4096),
  intermediate_size: or(size, 11008),
  num_hidden_layers: or(size, 32),
  num_attention_heads: or(size, 32),
  num_key_value_heads: size.nullish(),
  head_dim: size.nullish(),
  hidden_act: or(z.string(), 'silu'),
  max_position_embeddings: or(size, 2048),
  initializer_range: or(z.number().positive(), 0.02),
  rms_norm_eps: or(z.number().positive(), 1e-6),
  rope_theta: z.number().positive().nullish(),
  rope_parameters: z.looseObject({ rope_theta: z.number().positive().nullish() }).nullish(),
  attention_dropout: or(rate, 0),
  attention_bias: or(z.boolean(), false),
  mlp_bias: or(z.boolean(), false),
  tie_word_embeddings: or(z.boolean(), false),
});

/** Qwen2's defaults where they are not Llama's. */
const qwen2Defaults = {
  vocab_size: 151936,
  intermediate_size: 22016,
  max_position_embeddings: 32768,
  num_key_value_heads: 32,
};

/** Layers from max_window_layers on see the last sliding_window tokens only. */
const WindowJson = z.looseObject({
  use_sliding_window: or(z.boolean(), false),
  sliding_window: or(size, 4096),
  max_window_layers: or(z.int().min(0), 28),
  max_position_embeddings: size,
  num_hidden_layers: or(size, 32),
});

function readGpt2(json: Json, where: string): Json {
  refuse(json, where, {
    scale_attn_weights: [true],
    scale_attn_by_inverse_layer_idx: [false],
    add_cross_attention: [false],
  });
  const file = checked(json, Gpt2Json, where, 'checkpoint');
  return {
    ...readFused(file),
    layout: 'gpt2',
    feedForward: file.n_inner ?? 4 * file.n_embd,
    activation: choice(GELU_NAMES, file.activation_function, where, 'activation_function'),
  };
}

function readOpenAi(json: Json, where: string): Json {
  const file = checked(json, OpenAiJson, where, 'checkpoint');
  return {
    ...readFused(file),
    layout: 'openai-gpt',
    normPlacement: 'post',
    feedForward: 4 * file.n_embd,
    activation: choice({ gelu: 'gelu_tanh' }, file.afn, where, 'afn'), // its gelu is the tanh form
  };
}

function readFused(file: z.output<typeof Gpt2Json> | z.output<typeof OpenAiJson>): Json {
  return {
    vocab: file.vocab_size,
    context: file.n_positions,
    layers: file.n_layer,
    width: file.n_embd,
    heads: file.n_head,
    kvHeads: file.n_head,
    headWidth: Math.ceil(file.n_embd / file.n_head),
    normEpsilon: file.layer_norm_epsilon,
    tiedHead: file.tie_word_embeddings,
    embeddingDropout: file.embd_pdrop,
    attentionDropout: file.attn_pdrop,
    residualDropout: file.resid_pdrop,
    initRange: file.initializer_range,
  };
}

function readLlama(json: Json, where: string): Json {
  const { attention_bias: attention = false, mlp_bias: mlp = false } = json;
  if (attention !== mlp) {
    throw unsupported(where, 'attention_bias', attention, `the same as mlp_bias, ${JSON.stringify(mlp)}`);
  }
  return { ...readSplit(json, where), layout: 'llama', bias: attention === true ? 'all' : 'none' };
}

function readQwen2(json: Json, where: string): Json {
  const file = { ...qwen2Defaults, ...json };
  const model = readSplit(file, where);
  const window = checked(file, WindowJson, where, 'checkpoint');
  if (
    window.use_sliding_window &&
    window.sliding_window < window.max_position_embeddings &&
    window.max_window_layers < window.num_hidden_layers
  ) {
    throw unsupported(where, 'use_sliding_window', true, 'false');
  }
  return { ...model, layout: 'qwen2', bias: 'qkv' };
}

function readSplit(json: Json, where: string): Json {
  refuseRope(json, where);
  refuse(json, where, { partial_rotary_factor: [1], quantization_config: [] });
  const { layer_types: layerTypes } = json;
  if (Array.isArray(layerTypes)) {
    for (const type of layerTypes) refuse({ layer_types: type }, where, { layer_types: ['full_attention'] });
  }
  const file = checked(json, LlamaJson, where, 'checkpoint');
  const { hidden_size: width, num_attention_heads: heads } = file;
  const headWidth = file.head_dim ?? width / heads;
  if (!Number.isInteger(headWidth)) {
    throw unsupported(where, 'num_attention_heads', heads, `a divisor of hidden_size, ${width}`);
  }
  return {
    vocab: file.vocab_size,
    context: file.max_position_embeddings,
    layers: file.num_hidden_layers,
    width,
    heads,
    kvHeads: file.num_key_value_heads ?? heads,
    headWidth,
    feedForward: file.intermediate_size,
    norm: 'rmsnorm',
    normEpsilon: file.rms_norm_eps,
    positions: 'rotary',
    ropeTheta: file.rope_theta ?? file.rope_parameters?.rope_theta ?? 10000,
    activation: choice({ silu: 'swiglu' }, file.hidden_act, where, 'hidden_act'),
    tiedHead: file.tie_word_embeddings,
    attentionDropout: file.attention_dropout,
    initRange: file.initializer_range,
  };
}

/** Rotary positions stretched beyond the context that a model was trained with. */
function refuseRope(json: Json, where: string): void {
  for (const key of ['rope_scaling', 'rope_parameters']) {
    const value = json[key];
    if (typeof value !== 'object' || value === null) continue;
    const { rope_type: type, type: oldType } = value as Json;
    const used = type ?? oldType ?? 'default';
    if (used !== 'default') throw unsupported(where, key, used, 'default');
  }
}

/** Fields of the configuration that a config.json of each family describes. */
export const readers = {
  gpt2: readGpt2,
  'openai-gpt': readOpenAi,
  llama: readLlama,
  qwen2: readQwen2,
  bert: readBert,
  roberta: readRoberta,
};
