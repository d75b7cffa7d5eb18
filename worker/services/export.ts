/** Models out of runs, for other programs. */
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { ClozeError } from '../base/errors.ts';
import { copyFileSynced } from '../base/files.ts';
import { jsonFile, writeFiles } from '../checkpoints/content.ts';
import {
  isModelFile,
  type Json,
  type ModelFolder,
  readModelFolder,
  writeModelFolder,
} from '../checkpoints/folder.ts';
import { baseChain, isAdapterFolder } from '../checkpoints/peft.ts';
import { copyOf } from '../checkpoints/safetensors.ts';
import { replaceFolder } from '../checkpoints/replace.ts';
import { isEncoder, type ModelConfig } from '../models/config.ts';
import { hasArchitecture, modelFromHuggingFace } from '../models/huggingface.ts';
import { countParameters } from '../models/layout.ts';
import { checkVocabulary, loadModelTokenizer, tokenizerFolder } from '../models/load.ts';
import { openParameters } from '../models/weights.ts';
import type { ExportRequest, ExportResult } from '../protocol/export.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { OPTIMIZER_FILE } from '../training/checkpoint.ts';
import { modelFolder } from '../models/model-folder.ts';
import { GENERATION_CONFIG, learnedOrder } from './learned-order.ts';
import { tokenizerFiles } from './training-tokenizer.ts';

/**
 * Copies a model to a Hugging Face folder of its own, whole or not at all: configuration, weights and tokenizer, without
 * what only a run needs; of an adapter the model that it makes of its base. What is copied is checked first. Throws
 * `usage` if something is there already (with `force`: something other than a model), `checkpoint`, `tokenizer`,
 * `model`, `disk`.
 */
export async function exportModel({ model, out, force = false }: ExportRequest): Promise<ExportResult> {
  const source = readModelFolder(modelFolder(model));
  const { path, tensors } = source;
  try {
    const { config, tokenizer } = await checkModel(source);
    const generation = isEncoder(config) ? undefined : await generationConfig(source, tokenizer);
    const folder = resolve(out);
    requireFree(folder, path, force);
    if (isAdapterFolder(path)) writeMerged(folder, source, generation);
    else copyModel(folder, path, generation);
    const files = readdirSync(folder);
    const bytes = files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    const note = hasArchitecture(config) ? {} : { note: OWN_ARCHITECTURE };
    return { folder, from: path, files, bytes, parameters: countParameters(config), ...note };
  } finally {
    tensors.close();
  }
}

const OWN_ARCHITECTURE =
  'only Cloze reads this model: Hugging Face has no such architecture (an encoder with Pre-LN, for example)';

async function generationConfig(source: ModelFolder, tokenizer: Tokenizer): Promise<Json> {
  const fim = (await learnedOrder(source.path, tokenizer)) ?? 'none';
  return { ...source.generationConfig, cloze: { fim } };
}

function copyModel(folder: string, path: string, generation: Json | undefined): void {
  const files = readdirSync(path).filter((name) => isModelFile(name) && name !== OPTIMIZER_FILE);
  const fill = (temporary: string): void => {
    for (const name of files) copyFileSynced(join(path, name), join(temporary, name));
    if (generation !== undefined) writeFiles(temporary, { [GENERATION_CONFIG]: jsonFile(generation) });
  };
  replaceFolder(folder, fill, isModelFile);
}

/** An adapter's model as one that needs no base: merged. */
function writeMerged(
  folder: string,
  { path, config, tensors }: ModelFolder,
  generation: Json | undefined,
): void {
  writeModelFolder(folder, {
    config,
    generationConfig: generation,
    tensors: new Map(tensors.names.map((name) => [name, copyOf(tensors, name)])),
    files: tokenizerFiles(tokenizerFolder(path)),
  });
}

/** Whether configuration, weights and tokenizer are sound and belong together. */
async function checkModel({
  path,
  config: json,
  tensors,
}: ModelFolder): Promise<{ config: ModelConfig; tokenizer: Tokenizer }> {
  const config = modelFromHuggingFace(json, join(path, 'config.json'), tensors.names);
  openParameters(config, tensors);
  const tokenizer = await loadModelTokenizer(path);
  checkVocabulary(config, tokenizer, path);
  return { config, tokenizer };
}

/** `source` and, of an adapter, its bases stay as they are whatever is forced. */
function requireFree(folder: string, source: string, force: boolean): void {
  const target = existsSync(folder) ? realpathSync(folder) : folder;
  if (baseChain(source).some((own) => isWithin(realpathSync(own), target))) {
    throw new ClozeError('usage', `${folder} is in the model's own folder`, { hint: 'choose another one' });
  }
  if (force || !existsSync(folder) || readdirSync(folder).length === 0) return;
  throw new ClozeError('usage', `${folder} is there already, and not empty`, {
    hint: 'choose another folder, or replace it with --force',
    details: { folder },
  });
}

/** Whether a path is a folder or within it; on Windows there is no way from one drive to another. */
function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !/^\.\.[\\/]/.test(way) && !isAbsolute(way);
}
