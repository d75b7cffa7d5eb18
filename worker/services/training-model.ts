/** The model that a run trains: a preset, new, or a folder's with its weights. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { ClozeError } from '../base/errors.ts';
import { checked } from '../base/checked.ts';
import { type ModelFolder, readModelFolder } from '../checkpoints/folder.ts';
import {
  type BertConfig,
  BertConfigSchema,
  checkModelConfig,
  type GptConfig,
  GptConfigSchema,
  isEncoder,
  type ModelConfig,
} from '../models/config.ts';
import { modelFromHuggingFace, type SpecialIds } from '../models/huggingface.ts';
import { specialIdsOf } from '../models/load.ts';
import { isPresetName, preset, PRESET_NAMES } from '../models/presets.ts';
import type { SettingValues } from '../protocol/train.ts';
import { encoderSpecials } from '../tokenizers/pairs.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { TrainingSettings } from '../training/settings.ts';
import { modelFolder } from '../models/model-folder.ts';

export interface TrainingModel {
  /** The preset's name or the folder, absolute. */
  readonly from: string;
  readonly pretrained: boolean;
  readonly config: ModelConfig;
  /** Those that the folder names. */
  readonly specialIds: SpecialIds;
}

/** Fields that change how a model trains and not what it is. */
const CHANGEABLE: readonly string[] = ['embeddingDropout', 'attentionDropout', 'residualDropout'];

/**
 * A preset or a folder with fields set. Fields that follow from others (kvHeads, headWidth, feedForward, initRange) do so
 * unless they are set themselves. Throws `usage`, `checkpoint`, `model`.
 */
export function resolveModel(model: string, settings: SettingValues['model']): TrainingModel {
  if (isPresetName(model)) {
    return { from: model, pretrained: false, config: withFields(preset(model), settings), specialIds: {} };
  }
  if (!existsSync(model)) {
    throw new ClozeError('usage', `expected a preset or a model folder, got ${model}`, {
      hint: `the presets are ${PRESET_NAMES.join(', ')}`,
    });
  }
  const from = resolve(modelFolder(model)); // run.json must mean the same from any working directory
  const opened = readModelFolder(from);
  const config = storedConfigOf(opened);
  opened.tensors.close();
  for (const [name, value] of Object.entries(settings)) {
    if (CHANGEABLE.includes(name) || config[name as keyof ModelConfig] === value) continue;
    throw new ClozeError('usage', `model.${name} is fixed by the weights of ${model}, it can not be set`, {
      hint: `of a model with weights, these can: ${CHANGEABLE.map((field) => `model.${field}`).join(', ')}`,
    });
  }
  return { from, pretrained: true, config: { ...config, ...settings }, specialIds: specialIdsOf(opened) };
}

/** A configuration with some fields replaced, and those that depend on them. Throws `model`, `config`. */
export function withFields(base: ModelConfig, fields: SettingValues['model']): ModelConfig {
  return checkModelConfig(isEncoder(base) ? encoderWith(base, fields) : decoderWith(base, fields));
}

function encoderWith(base: BertConfig, fields: SettingValues['model']): BertConfig {
  const { width } = checked({ ...base, ...fields }, BertConfigSchema, 'model');
  const derived = { feedForward: Math.round((base.feedForward / base.width) * width) };
  return checked({ ...base, ...derived, ...fields }, BertConfigSchema, 'model');
}

function decoderWith(base: GptConfig, fields: SettingValues['model']): GptConfig {
  const { width, heads } = checked({ ...base, ...fields }, GptConfigSchema, 'model');
  const isSet = (name: keyof GptConfig): boolean => Object.hasOwn(fields, name);
  if (!isSet('headWidth') && width % heads !== 0) {
    throw new ClozeError('model', `model.width ${width} is not a multiple of model.heads ${heads}`, {
      hint: 'choose heads that divide the width, or set model.headWidth',
    });
  }
  const derived = {
    kvHeads: base.kvHeads === base.heads ? heads : base.kvHeads,
    headWidth: width / heads,
    feedForward: Math.round((base.feedForward / base.width) * width),
    initRange: base.initRange * Math.sqrt(base.width / width), // the same variance of a layer's output
  };
  return checked({ ...base, ...derived, ...fields }, GptConfigSchema, 'model');
}

/** The configuration with a tokenizer and the size of its vocabulary: a new model takes it over, one with weights must have it. */
export function withVocabulary(
  { from, pretrained, config }: TrainingModel,
  vocabSize: number,
  tokenizer: Pick<Tokenizer, 'tokenToId'>,
): ModelConfig {
  if (!pretrained) {
    if (!isEncoder(config)) return { ...config, vocab: vocabSize };
    return { ...config, vocab: vocabSize, padId: encoderSpecials(tokenizer).pad };
  }
  if (vocabSize <= config.vocab) return config;
  throw new ClozeError(
    'model',
    `the tokenizer has ${vocabSize} tokens, but the model ${from} has a vocabulary of ${config.vocab}`,
    { hint: "name no tokenizer: the model's own is taken then" },
  );
}

/** Throws `config` if a sequence is longer than the model reads: rotary positions beyond would be trained, and never used. */
export function requirePositions(config: ModelConfig, { context }: Pick<TrainingSettings, 'context'>): void {
  if (context <= config.context) return;
  throw new ClozeError(
    'config',
    `training.context is ${context}, but the model has positions for ${config.context} tokens`,
    { hint: 'lower training.context' },
  );
}

/**
 * A new encoder has positions for what it is trained on, unless its settings say otherwise: those that were never
 * trained would spoil what it says of longer texts.
 */
export function withTrainedPositions(
  model: TrainingModel,
  settings: SettingValues['model'],
  { context }: Pick<TrainingSettings, 'context'>,
): TrainingModel {
  if (model.pretrained || !isEncoder(model.config) || Object.hasOwn(settings, 'context')) return model;
  return { ...model, config: { ...model.config, context } };
}

/** What a folder's config.json, and where that leaves it open its tensors, say of its model. Throws `checkpoint`. */
export function storedConfigOf({ path, config, tensors }: ModelFolder): ModelConfig {
  return modelFromHuggingFace(config, `${path}/config.json`, tensors.names);
}
