import type { Json } from '../checkpoints/folder.ts';
import type { GptConfig } from './config.ts';

function writeGpt2(config: GptConfig): Json {
  return {
    model_type: 'gpt2',
    architectures: ['GPT2LMHeadModel'],
    ...writeFused(config),
    n_inner: config.feedForward,
    activation_function: config.activation === 'gelu' ? 'gelu' : 'gelu_new',
  };
}

function writeOpenAi(config: GptConfig): Json {
  return {
    model_type: 'openai-gpt',
    architectures: ['OpenAIGPTLMHeadModel'],
    ...writeFused(config),
    afn: 'gelu',
  };
}

function writeFused(config: GptConfig): Json {
  return {
    vocab_size: config.vocab,
    n_positions: config.context,
    n_layer: config.layers,
    n_embd: config.width,
    n_head: config.heads,
    layer_norm_epsilon: config.normEpsilon,
    tie_word_embeddings: config.tiedHead,
    embd_pdrop: config.embeddingDropout,
    attn_pdrop: config.attentionDropout,
    resid_pdrop: config.residualDropout,
    initializer_range: config.initRange,
  };
}

function writeLlama(config: GptConfig): Json {
  const biased = config.bias === 'all';
  return {
    model_type: 'llama',
    architectures: ['LlamaForCausalLM'],
    ...writeSplit(config),
    hidden_act: 'silu',
    rms_norm_eps: config.normEpsilon,
    attention_bias: biased,
    mlp_bias: biased,
  };
}

function writeQwen2(config: GptConfig): Json {
  return {
    model_type: 'qwen2',
    architectures: ['Qwen2ForCausalLM'],
    ...writeSplit(config),
    hidden_act: 'silu',
    rms_norm_eps: config.normEpsilon,
    use_sliding_window: false,
  };
}

function writeSplit(config: GptConfig): Json {
  return {
    vocab_size: config.vocab,
    max_position_embeddings: config.context,
    num_hidden_layers: config.layers,
    hidden_size: config.width,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.headWidth,
    intermediate_size: config.feedForward,
    rope_theta: config.ropeTheta,
    tie_word_embeddings: config.tiedHead,
    attention_dropout: config.attentionDropout,
    initializer_range: config.initRange,
  };
}

function writeBigCode(config: GptConfig): Json {
  return {
    model_type: 'gpt_bigcode',
    architectures: ['GPTBigCodeForCausalLM'],
    ...writeFused(config),
    n_inner: config.feedForward,
    activation_function: geluName(config),
    multi_query: true,
  };
}

function writeStarCoder2(config: GptConfig): Json {
  return {
    model_type: 'starcoder2',
    architectures: ['Starcoder2ForCausalLM'],
    ...writeSplit(config),
    hidden_act: geluName(config),
    norm_epsilon: config.normEpsilon,
    use_bias: true,
    sliding_window: null,
    embedding_dropout: config.embeddingDropout,
    residual_dropout: config.residualDropout,
  };
}

function writeMixtral(config: GptConfig): Json {
  return {
    model_type: 'mixtral',
    architectures: ['MixtralForCausalLM'],
    ...writeSplit(config),
    hidden_act: 'silu',
    rms_norm_eps: config.normEpsilon,
    sliding_window: null,
    num_local_experts: config.experts,
    num_experts_per_tok: config.expertsPerToken,
    output_router_logits: config.balance > 0,
    // where transformers expects a float it takes no integer, and JSON from here has no 0.0
    ...(Number.isInteger(config.balance) ? {} : { router_aux_loss_coef: config.balance }),
  };
}

function geluName({ activation }: GptConfig): string {
  return activation === 'gelu' ? 'gelu' : 'gelu_pytorch_tanh';
}

/** The config.json of each family. */
export const writers = {
  gpt2: writeGpt2,
  'openai-gpt': writeOpenAi,
  gpt_bigcode: writeBigCode,
  llama: writeLlama,
  qwen2: writeQwen2,
  starcoder2: writeStarCoder2,
  mixtral: writeMixtral,
};
