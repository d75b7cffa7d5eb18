import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { ClozeError } from '../base/errors.ts';
import { checked } from '../base/checked.ts';
import type { Json } from '../checkpoints/folder.ts';
import type { GptConfig, ModelConfig } from './config.ts';
import { BertConfigSchema, checkModelConfig, GptConfigSchema, isEncoder, requireDecoder } from './config.ts';
import { isEncoderLayout } from './bert-config.ts';
import { type TensorNames, writeEncoder } from './huggingface-bert.ts';
import { readers } from './huggingface-read.ts';
import { writers } from './huggingface-write.ts';

/** config.json's `model_type` of the architectures that can be read; 'cloze' has none in transformers. */
const MODEL_TYPES = [
  'gpt2',
  'openai-gpt',
  'gpt_bigcode',
  'llama',
  'mistral',
  'qwen2',
  'starcoder2',
  'mixtral',
  'bert',
  'roberta',
  'distilbert',
  'cloze',
] as const;

/** Old files say -1 where there is none. */
const id = z.int();

export const SpecialIdsSchema = z.object({
  bos_token_id: id.nullish(),
  eos_token_id: z.union([id, z.array(id)]).nullish(),
  pad_token_id: id.nullish(),
});

/** Special token ids, under the names that config.json and generation_config.json have for them. */
export type SpecialIds = z.infer<typeof SpecialIdsSchema>;

/** The special token ids that either file names. Throws `checkpoint`. */
export function readSpecialIds(json: Json, where = 'config.json'): SpecialIds {
  return checked(json, SpecialIdsSchema, where, 'checkpoint');
}

/** As {@link modelFromHuggingFace}, of a model that writes. Throws also `model` for an encoder. */
export function fromHuggingFace(json: Json, where = 'config.json'): GptConfig {
  return requireDecoder(modelFromHuggingFace(json, where), where);
}

/**
 * The configuration that a config.json describes; a missing key has transformers' default. A `cloze` key holds the
 * fields that transformers has no word for. An encoder whose class is not named has the head that is among `tensors`.
 * `where` names the file in errors. Throws `checkpoint` on an unknown architecture or an unsupported feature.
 */
export function modelFromHuggingFace(json: Json, where = 'config.json', tensors?: TensorNames): ModelConfig {
  const { model_type: type, cloze = {} } = json;
  const known = MODEL_TYPES.find((name) => name === type);
  if (known === undefined) {
    const got = type === undefined ? 'no model_type' : `model_type ${JSON.stringify(type)}`;
    throw new ClozeError(
      'checkpoint',
      `${where}: unknown architecture: ${got}, expected ${MODEL_TYPES.join(', ')}`,
      {
        details: { where, type, known: MODEL_TYPES },
      },
    );
  }
  const own = checked(cloze, z.looseObject({}), `${where}: cloze`, 'checkpoint');
  const merged: Json = { ...(known === 'cloze' ? {} : readers[known](json, where, tensors)), ...own };
  const schema = isEncoderLayout(String(merged.layout)) ? BertConfigSchema : GptConfigSchema;
  return checkModelConfig(checked<ModelConfig>(merged, schema, where, 'checkpoint'));
}

/**
 * The config.json of a configuration. A model that one of transformers' architectures computes has its
 * `model_type`, with the biases that this architecture always has (see {@link storedConfig}); any other is
 * 'cloze', which only Cloze reads. Reading it back gives the same configuration.
 */
export function toHuggingFace(config: ModelConfig, special: SpecialIds = {}): Json {
  const own = isEncoder(config) ? { pad_token_id: config.padId } : {};
  const ids = { bos_token_id: null, eos_token_id: null, ...special, ...own }; // without null, the architecture's own
  if (!hasArchitecture(config)) return { model_type: 'cloze', ...ids, cloze: config };
  const json = { ...writeConfig(config), ...own };
  const readBack: Json = modelFromHuggingFace(json);
  const unsaid = Object.entries(config).filter(([key, value]) => !isDeepStrictEqual(readBack[key], value));
  const cloze = unsaid.length === 0 ? {} : { cloze: Object.fromEntries(unsaid) };
  return { ...json, torch_dtype: 'float32', ...ids, ...cloze };
}

function writeConfig(config: ModelConfig): Json {
  return isEncoder(config) ? writeEncoder(config) : writers[config.layout](storedDecoder(config));
}

/**
 * The configuration as transformers must see it: the same, with biases where the architecture knows no model
 * without them. Their tensors are stored as zeros, so that the model computes the same there.
 */
export function storedConfig(config: ModelConfig): ModelConfig {
  return isEncoder(config) ? config : storedDecoder(config);
}

function storedDecoder(config: GptConfig): GptConfig {
  if (!hasArchitecture(config)) return config;
  const { layout, bias } = config;
  if (layout === 'qwen2') return { ...config, bias: 'qkv' };
  return (layout === 'llama' || layout === 'mixtral') && bias === 'none'
    ? config
    : { ...config, bias: 'all' };
}

/** Whether the architecture of transformers that `layout` names computes this model (dropout aside). */
export function hasArchitecture(config: ModelConfig): boolean {
  return isEncoder(config) ? config.normPlacement === 'post' : decoderHasArchitecture(config);
}

function decoderHasArchitecture(config: GptConfig): boolean {
  const { layout, norm, normPlacement, positions, activation, bias, heads, kvHeads, width, feedForward } =
    config;
  const split =
    norm === 'rmsnorm' && normPlacement === 'pre' && positions === 'rotary' && activation === 'swiglu';
  const fused = norm === 'layernorm' && positions === 'learned' && kvHeads === heads;
  switch (layout) {
    case 'gpt2':
      return fused && normPlacement === 'pre';
    case 'openai-gpt':
      return fused && normPlacement === 'post' && activation === 'gelu_tanh' && feedForward === 4 * width;
    case 'gpt_bigcode':
      return norm === 'layernorm' && positions === 'learned' && normPlacement === 'pre' && kvHeads === 1;
    case 'starcoder2':
      return norm === 'layernorm' && positions === 'rotary' && normPlacement === 'pre';
    case 'llama':
    case 'mixtral':
      return split;
    case 'qwen2':
      return split && bias !== 'all';
  }
}
