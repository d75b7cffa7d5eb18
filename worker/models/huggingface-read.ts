import * as z from 'zod';
import { checked } from '../base/checked.ts';
import type { Json } from '../checkpoints/folder.ts';
import { readBert, readDistilBert, readRoberta } from './huggingface-bert.ts';
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

/** Only multi-query attention: with a key and value a head, the tensor of all three has another order. */
function readBigCode(json: Json, where: string): Json {
  refuse(json, where, { multi_query: [true], scale_attn_weights: [true], add_cross_attention: [false] });
  const gelu = 'gelu_pytorch_tanh';
  const file = checked({ activation_function: gelu, ...json }, Gpt2Json, where, 'checkpoint');
  return {
    ...readFused(file),
    layout: 'gpt_bigcode',
    kvHeads: 1,
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

/** Mistral's defaults where they are not Llama's. */
const mistralDefaults = {
  intermediate_size: 14336,
  num_key_value_heads: 8,
  max_position_embeddings: 131072,
  sliding_window: 4096,
};

/** A Llama whose attention looks back no further than a window: within one window they are the same. */
function readMistral(json: Json, where: string): Json {
  const file = { ...mistralDefaults, ...json };
  return { ...withinWindow(file, readSplit(file, where), where), layout: 'llama', bias: 'none' };
}

/** Mixtral's defaults where they are not Mistral's. */
const mixtralDefaults = { ...mistralDefaults, rms_norm_eps: 1e-5, sliding_window: null };

const MixtralJson = z.looseObject({
  num_local_experts: or(size, 8),
  num_experts_per_tok: or(size, 2),
  router_aux_loss_coef: or(z.number().min(0), 0.001),
});

/** `output_router_logits` is not read: the balance of the experts is part of the loss whenever its coefficient is not zero. */
function readMixtral(json: Json, where: string): Json {
  refuse(json, where, { router_jitter_noise: [0] });
  const own = checked(json, MixtralJson, where, 'checkpoint');
  const file = { ...mixtralDefaults, ...json };
  const theta = json.rope_theta ?? json.rope_parameters;
  return {
    ...withinWindow(file, readSplit(theta === undefined ? { ...file, rope_theta: 1e6 } : file, where), where),
    layout: 'mixtral',
    bias: 'none',
    experts: own.num_local_experts,
    expertsPerToken: own.num_experts_per_tok,
    balance: own.router_aux_loss_coef,
  };
}

/** StarCoder2's defaults where they are not Llama's. */
const starCoder2Defaults = {
  vocab_size: 49152,
  hidden_size: 3072,
  intermediate_size: 12288,
  num_hidden_layers: 30,
  num_attention_heads: 24,
  num_key_value_heads: 2,
  max_position_embeddings: 4096,
  initializer_range: 0.018042,
  tie_word_embeddings: true,
};

const StarCoder2Json = z.looseObject({
  hidden_act: or(z.string(), 'gelu_pytorch_tanh'),
  norm_epsilon: or(z.number().positive(), 1e-5),
  embedding_dropout: or(rate, 0),
  residual_dropout: or(rate, 0),
});

function readStarCoder2(json: Json, where: string): Json {
  refuse(json, where, { use_bias: [true] });
  const own = checked(json, StarCoder2Json, where, 'checkpoint');
  const file = { ...starCoder2Defaults, ...json, hidden_act: 'silu' }; // which the reader of Llama's knows
  return {
    ...withinWindow(file, readSplit(file, where), where),
    layout: 'starcoder2',
    norm: 'layernorm',
    normEpsilon: own.norm_epsilon,
    activation: choice(GELU_NAMES, own.hidden_act, where, 'hidden_act'),
    bias: 'all',
    embeddingDropout: own.embedding_dropout,
    residualDropout: own.residual_dropout,
  };
}

/** As many positions as one window has, where there is one. */
function withinWindow(json: Json, model: Json, where: string): Json {
  const { sliding_window: window } = checked(
    json,
    z.looseObject({ sliding_window: size.nullish() }),
    where,
    'checkpoint',
  );
  return { ...model, context: Math.min(Number(model.context), window ?? Infinity) };
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

const UNSCALED = 'take a checkpoint whose rotary positions are not scaled, such as Llama 3 rather than 3.1';

/** Rotary positions stretched beyond the context that a model was trained with. */
function refuseRope(json: Json, where: string): void {
  for (const key of ['rope_scaling', 'rope_parameters']) {
    const value = json[key];
    if (typeof value !== 'object' || value === null) continue;
    const { rope_type: type, type: oldType } = value as Json;
    const used = type ?? oldType ?? 'default';
    const field = `${key}.${type === undefined ? 'type' : 'rope_type'}`;
    if (used !== 'default') throw unsupported(where, field, used, 'default', UNSCALED);
  }
}

/** Fields of the configuration that a config.json of each family describes. */
export const readers = {
  gpt2: readGpt2,
  'openai-gpt': readOpenAi,
  gpt_bigcode: readBigCode,
  llama: readLlama,
  mistral: readMistral,
  qwen2: readQwen2,
  starcoder2: readStarCoder2,
  mixtral: readMixtral,
  bert: readBert,
  roberta: readRoberta,
  distilbert: readDistilBert,
};
