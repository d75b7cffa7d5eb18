/** Model folders to models on a device, and back. */
import { ClozeError } from '../base/errors.ts';
import type { FileContent } from '../checkpoints/content.ts';
import type { ModelFolder } from '../checkpoints/folder.ts';
import { readModelFolder, writeModelFolder } from '../checkpoints/folder.ts';
import { baseChain } from '../checkpoints/peft.ts';
import { completeFolder, hasReplaceable } from '../checkpoints/replace.ts';
import type { TensorSource } from '../checkpoints/source.ts';
import type { Device } from '../runtime/device.ts';
import type { DeviceState } from '../runtime/state.ts';
import { hasTokenizer, loadTokenizer } from '../tokenizers/tokenizer-files.ts';
import type { AnyTokenizer } from '../tokenizers/tokenizer-json.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { documentEnd } from '../tokenizers/tokenizer.ts';
import { type BertConfig, type GptConfig, isEncoder, type ModelConfig } from './config.ts';
import { requireDecoder, requireEncoder } from './config.ts';
import { modelFromHuggingFace, readSpecialIds, type SpecialIds, toHuggingFace } from './huggingface.ts';
import type { NamedWeights } from './initialise.ts';
import { parameterShapes } from './layout.ts';
import { openUnchanged } from './open-unchanged.ts';
import { completeSpecialIds } from './special-ids.ts';
import { openParameters, tensorsToWrite } from './weights.ts';

export interface LoadedModel<Config extends ModelConfig = GptConfig> {
  readonly config: Config;
  /** The parameters, under their Hugging Face names. */
  readonly state: DeviceState;
  /** Ids that end a text, as the folder's generation_config.json or config.json says, and its tokenizer where it was read. */
  readonly endIds: readonly number[];
}

export interface LoadedTextModel<Config extends ModelConfig = GptConfig> extends LoadedModel<Config> {
  readonly tokenizer: AnyTokenizer;
}

/** Loads a decoder's configuration and weights from its folder. Throws `checkpoint`, `model` for an encoder. */
export function loadModel(folder: string, device: Device): Promise<LoadedModel> {
  return load(folder, device, requireDecoder);
}

/** Loads an encoder's configuration and weights from its folder. Throws `checkpoint`, `model` for a decoder. */
export function loadEncoder(folder: string, device: Device): Promise<LoadedModel<BertConfig>> {
  return load(folder, device, requireEncoder);
}

/** Loads the configuration and weights of any model from its folder. Throws `checkpoint`. */
export function loadAnyModel(folder: string, device: Device): Promise<LoadedModel<ModelConfig>> {
  return load(folder, device, (config) => config);
}

/** As {@link loadModel}, with the tokenizer of the same folder. Throws `tokenizer`, `model` if they do not match. */
export function loadTextModel(folder: string, device: Device): Promise<LoadedTextModel> {
  return loadText(folder, (path) => loadModel(path, device));
}

/** As {@link loadEncoder}, with the tokenizer of the same folder. Throws `tokenizer`, `model` if they do not match. */
export function loadTextEncoder(folder: string, device: Device): Promise<LoadedTextModel<BertConfig>> {
  return loadText(folder, (path) => loadEncoder(path, device));
}

/** As {@link loadAnyModel}, with the tokenizer of the same folder. Throws `tokenizer`, `model` if they do not match. */
export function loadAnyTextModel(folder: string, device: Device): Promise<LoadedTextModel<ModelConfig>> {
  return loadText(folder, (path) => loadAnyModel(path, device));
}

function load<Config extends ModelConfig>(
  folder: string,
  device: Device,
  accept: (config: ModelConfig, where: string) => Config,
): Promise<LoadedModel<Config>> {
  return loadWith(folder, device, accept, async (config, source, state) => {
    await loadWeights(config, source, state, device);
    return {};
  });
}

/** Opens a folder for the time of `fill`, which puts its weights into the state. Throws `checkpoint`, what `accept` throws. */
export async function loadWith<Config extends ModelConfig, More extends object>(
  folder: string,
  device: Device,
  accept: (config: ModelConfig, where: string) => Config,
  fill: (config: Config, source: TensorSource, state: DeviceState) => Promise<More>,
): Promise<LoadedModel<Config> & More> {
  const opened = readModelFolder(folder);
  try {
    const where = `${opened.path}/config.json`;
    const config = accept(modelFromHuggingFace(opened.config, where, opened.tensors.names), where);
    const endIds = [specialIdsOf(opened).eos_token_id ?? []].flat();
    const state = device.createState();
    const more = await fill(config, opened.tensors, state);
    return { config, state, endIds, ...more };
  } finally {
    opened.tensors.close();
  }
}

/**
 * The tokenizer of a tokenizer's, model's or run's folder, which a run may be replacing; an adapter that has none has its base's.
 * Throws `tokenizer`, `checkpoint`, and `usage` if there is no such folder, or the run has no checkpoint yet.
 */
export function loadModelTokenizer(folder: string): Promise<AnyTokenizer> {
  return openUnchanged(
    folder,
    (path) => loadTokenizer(tokenizerFolder(path)),
    () => undefined,
  );
}

/** Where the tokenizer of a model's folder is; read it within `openUnchanged`. Throws `checkpoint`. */
export function tokenizerFolder(folder: string): string {
  return baseChain(folder).filter(hasReplaceable).map(completeFolder).find(hasTokenizer) ?? folder;
}

function loadText<Config extends ModelConfig>(
  folder: string,
  loadWithout: (path: string) => Promise<LoadedModel<Config>>,
): Promise<LoadedTextModel<Config>> {
  const discard = ({ state }: LoadedModel<Config>): void => state.dispose();
  return openUnchanged(folder, (path) => withTokenizer(path, () => loadWithout(path), discard), discard);
}

/**
 * A model with the tokenizer of its folder; whether both are of one saving is for the caller to see to (`openUnchanged`).
 * Throws `tokenizer`, `model` if they do not match: then `discard` gets what was loaded.
 */
export async function withTokenizer<Model extends LoadedModel<ModelConfig>>(
  folder: string,
  loadWithout: () => Promise<Model>,
  discard: (model: Model) => void,
): Promise<Model & { readonly tokenizer: AnyTokenizer }> {
  const tokenizer = await loadTokenizer(tokenizerFolder(folder));
  const model = await loadWithout();
  try {
    checkVocabulary(model.config, tokenizer, folder);
  } catch (error) {
    discard(model);
    throw error;
  }
  const end = documentEnd(tokenizer);
  const endIds = end === undefined ? model.endIds : [...new Set([...model.endIds, end])];
  return { ...model, tokenizer, endIds };
}

/** Puts the weights of a file into a state; those that it has already are overwritten. Throws `checkpoint`. */
export async function loadWeights(
  config: ModelConfig,
  source: TensorSource,
  state: DeviceState,
  device: Device,
): Promise<void> {
  const { shapes, read } = openParameters(config, source);
  for (const [name, shape] of shapes) {
    await putWeight({ name, shape, data: read(name) }, state, device);
  }
}

/** Sets a parameter; on the host one that the state does not have yet is the memory that it came in. */
export async function putWeight(
  { name, shape, data }: NamedWeights,
  state: DeviceState,
  device: Device,
): Promise<void> {
  const value = { dtype: 'float32', shape, data } as const;
  if (device.onHost && !state.has(name)) state.share(name, value);
  else await state.write(name, value);
}

/** Throws `model` where the tokenizer gives ids that the model has no row for. */
export function checkVocabulary(config: ModelConfig, tokenizer: Tokenizer, where: string): void {
  if (tokenizer.vocabSize <= config.vocab) return;
  throw new ClozeError(
    'model',
    `${where}: the tokenizer has ${tokenizer.vocabSize} tokens, the model a vocabulary of ${config.vocab}`,
    { hint: 'use the tokenizer that the model was trained with' },
  );
}

/** What a model folder is saved from. */
export interface ModelToSave {
  readonly config: ModelConfig;
  readonly state: DeviceState;
  readonly tokenizer: Tokenizer;
  /** Those of the model that training began with; what it does not name is the tokenizer's. */
  readonly specialIds: SpecialIds;
  /** Further files by name, the tokenizer's among them. */
  readonly files: Readonly<Record<string, FileContent>>;
}

/** Writes a Hugging Face model folder, whole or not at all. Throws `disk`. */
export async function saveModel(
  folder: string,
  { config, state, tokenizer, specialIds, files }: ModelToSave,
): Promise<void> {
  const parameters = new Map<string, Float32Array>();
  for (const name of parameterShapes(config).keys()) {
    parameters.set(name, await state.float32(name));
  }
  const ids = completeSpecialIds(specialIds, tokenizer);
  writeModelFolder(folder, {
    config: toHuggingFace(config, ids),
    ...(isEncoder(config) ? {} : { generationConfig: ids }),
    tensors: tensorsToWrite(config, parameters),
    files,
  });
}

/** The special token ids of a folder; generation_config.json has the last word. Throws `checkpoint`. */
export function specialIdsOf({ path, config, generationConfig = {} }: ModelFolder): SpecialIds {
  const model = readSpecialIds(config, `${path}/config.json`);
  const generation = readSpecialIds(generationConfig, `${path}/generation_config.json`);
  return {
    bos_token_id: generation.bos_token_id ?? model.bos_token_id,
    eos_token_id: generation.eos_token_id ?? model.eos_token_id,
    pad_token_id: generation.pad_token_id ?? model.pad_token_id,
  };
}
