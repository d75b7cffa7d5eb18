/** Model folders to models on a device, and back. */
import { z } from 'zod';
import { ClozeError } from '../base/errors.ts';
import { checked } from '../base/files.ts';
import type { FileContent, Json, ModelFolder } from '../checkpoints/folder.ts';
import { readModelFolder, writeModelFolder } from '../checkpoints/folder.ts';
import type { TensorSource } from '../checkpoints/source.ts';
import type { Device } from '../runtime/device.ts';
import type { DeviceState } from '../runtime/state.ts';
import { loadTokenizer } from '../tokenizers/tokenizer-files.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { SPECIAL } from '../tokenizers/tokenizer.ts';
import type { GptConfig } from './config.ts';
import { fromHuggingFace, toHuggingFace } from './huggingface.ts';
import { parameterShapes } from './layout.ts';
import { openParameters, tensorsToWrite } from './weights.ts';

export interface LoadedModel {
  readonly config: GptConfig;
  /** The parameters, under their Hugging Face names. */
  readonly state: DeviceState;
  /** Ids that end a text, as the folder's generation_config.json or config.json says. */
  readonly endIds: readonly number[];
}

export interface LoadedTextModel extends LoadedModel {
  readonly tokenizer: Tokenizer;
}

/** Loads a model folder's configuration and weights. Throws `checkpoint`. */
export async function loadModel(folder: string, device: Device): Promise<LoadedModel> {
  const opened = readModelFolder(folder);
  try {
    const config = fromHuggingFace(opened.config, `${opened.path}/config.json`);
    const state = device.createState();
    await loadWeights(config, opened.tensors, state, device);
    return { config, state, endIds: endIdsOf(opened) };
  } finally {
    opened.tensors.close();
  }
}

/** As {@link loadModel}, with the tokenizer of the same folder. Throws `tokenizer`, `model` if they do not match. */
export async function loadTextModel(folder: string, device: Device): Promise<LoadedTextModel> {
  const tokenizer = await loadTokenizer(folder);
  const model = await loadModel(folder, device);
  checkVocabulary(model.config, tokenizer, folder);
  const endOfText = tokenizer.specialTokens.get(SPECIAL.endOfText);
  const endIds = endOfText === undefined ? model.endIds : [...new Set([...model.endIds, endOfText])];
  return { ...model, tokenizer, endIds };
}

/** Puts the weights of a file into a state; those that it has already are overwritten. Throws `checkpoint`. */
export async function loadWeights(
  config: GptConfig,
  source: TensorSource,
  state: DeviceState,
  device: Device,
): Promise<void> {
  const { shapes, read } = openParameters(config, source);
  for (const [name, shape] of shapes) {
    const value = { dtype: 'float32', shape, data: read(name) } as const;
    if (device.onHost && !state.has(name)) state.share(name, value);
    else await state.write(name, value);
  }
}

/** Throws `model` where the tokenizer gives ids that the model has no row for. */
export function checkVocabulary(config: GptConfig, tokenizer: Tokenizer, where: string): void {
  if (tokenizer.vocabSize <= config.vocab) return;
  throw new ClozeError(
    'model',
    `${where}: the tokenizer has ${tokenizer.vocabSize} tokens, the model a vocabulary of ${config.vocab}`,
    { hint: 'use the tokenizer that the model was trained with' },
  );
}

/** What a model folder is saved from. */
export interface ModelToSave {
  readonly config: GptConfig;
  readonly state: DeviceState;
  readonly tokenizer: Tokenizer;
  /** Further files by name, the tokenizer's among them. */
  readonly files: Readonly<Record<string, FileContent>>;
}

/** Writes a Hugging Face model folder, whole or not at all. Throws `disk`. */
export async function saveModel(
  folder: string,
  { config, state, tokenizer, files }: ModelToSave,
): Promise<void> {
  const parameters = new Map<string, Float32Array>();
  for (const name of parameterShapes(config).keys()) {
    const data = state.view(name) ?? (await state.read(name)).data;
    parameters.set(name, data as Float32Array);
  }
  const end = tokenizer.specialTokens.get(SPECIAL.endOfText);
  const ids = {
    bos_token_id: end,
    eos_token_id: end,
    pad_token_id: tokenizer.specialTokens.get(SPECIAL.fimPad),
  };
  writeModelFolder(folder, {
    config: toHuggingFace(config, ids),
    generationConfig: ids,
    tensors: tensorsToWrite(config, parameters),
    files,
  });
}

const EndIdsSchema = z.looseObject({ eos_token_id: z.union([z.int(), z.array(z.int())]).nullish() });

function endIdsOf({ path, config, generationConfig }: ModelFolder): number[] {
  const read = (json: Json, file: string): number[] | undefined => {
    const id = checked(json, EndIdsSchema, `${path}/${file}`, 'checkpoint').eos_token_id;
    return id === undefined || id === null ? undefined : [id].flat();
  };
  const fromGeneration = generationConfig && read(generationConfig, 'generation_config.json');
  return fromGeneration ?? read(config, 'config.json') ?? [];
}
