import { join } from 'node:path';
import * as z from 'zod';
import { readJson } from '../base/files.ts';
import type { ModelFolder } from '../checkpoints/folder.ts';
import type { ModelConfig } from '../models/config.ts';
import { modelFromHuggingFace } from '../models/huggingface.ts';
import { checkVocabulary, tokenizerFolder } from '../models/load.ts';
import { openParameters, type StoredParameters } from '../models/weights.ts';
import { loadTokenizer } from '../tokenizers/tokenizer-files.ts';
import type { AnyTokenizer } from '../tokenizers/tokenizer-json.ts';

/**
 * Whether configuration, weights (by their shapes) and tokenizer are sound and belong together. Throws `checkpoint`,
 * `tokenizer`, `model`.
 */
export async function checkModel({
  path,
  config: json,
  tensors,
}: ModelFolder): Promise<{ config: ModelConfig; parameters: StoredParameters; tokenizer: AnyTokenizer }> {
  const config = modelFromHuggingFace(json, join(path, 'config.json'), tensors.names);
  const parameters = openParameters(config, tensors);
  const tokenizer = await loadTokenizer(tokenizerFolder(path));
  checkVocabulary(config, tokenizer, path);
  return { config, parameters, tokenizer };
}

/** What can be checked before the weights are there: configuration and tokenizer. Throws as {@link checkModel}. */
export async function checkDescription(folder: string): Promise<void> {
  const path = join(folder, 'config.json');
  const config = modelFromHuggingFace(await readJson(path, z.looseObject({}), 'checkpoint'), path);
  checkVocabulary(config, await loadTokenizer(tokenizerFolder(folder)), folder);
}
