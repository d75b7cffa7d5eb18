/** Models out of runs, for other programs. */
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { ClozeError } from '../base/errors.ts';
import { copyFileSynced, writePartsAtomicSync } from '../base/files.ts';
import { isModelFile, type ModelFolder, readModelFolder } from '../checkpoints/folder.ts';
import { replaceFolder } from '../checkpoints/replace.ts';
import { modelFromHuggingFace } from '../models/huggingface.ts';
import { countParameters } from '../models/layout.ts';
import { checkVocabulary } from '../models/load.ts';
import { openParameters } from '../models/weights.ts';
import type { ExportRequest, ExportResult } from '../protocol/export.ts';
import { loadTokenizer } from '../tokenizers/tokenizer-files.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { OPTIMIZER_FILE } from '../training/checkpoint.ts';
import { modelFolder } from '../models/model-folder.ts';
import { GENERATION_CONFIG, learnedOrder } from './learned-order.ts';

/**
 * Copies a model to a Hugging Face folder of its own, whole or not at all: configuration, weights and tokenizer, without
 * what only a run needs. What is copied is checked first. Throws `usage` if something is there already (with `force`:
 * something other than a model), `checkpoint`, `tokenizer`, `model`, `disk`.
 */
export async function exportModel({ model, out, force = false }: ExportRequest): Promise<ExportResult> {
  const source = readModelFolder(modelFolder(model));
  const { path, tensors } = source;
  try {
    const { parameters, tokenizer } = await checkModel(source);
    const fim = (await learnedOrder(path, tokenizer)) ?? 'none';
    const generation = { ...source.generationConfig, cloze: { fim } };
    const folder = resolve(out);
    requireFree(folder, path, force);
    const files = readdirSync(path).filter((name) => isModelFile(name) && name !== OPTIMIZER_FILE);
    const fill = (temporary: string): void => {
      for (const name of files) copyFileSynced(join(path, name), join(temporary, name));
      const json = Buffer.from(`${JSON.stringify(generation, undefined, 2)}\n`);
      writePartsAtomicSync(join(temporary, GENERATION_CONFIG), [json]);
    };
    replaceFolder(folder, fill, isModelFile);
    const bytes = files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    return { folder, from: path, files, bytes, parameters };
  } finally {
    tensors.close();
  }
}

/** Whether configuration, weights and tokenizer are sound and belong together. */
async function checkModel({
  path,
  config: json,
  tensors,
}: ModelFolder): Promise<{ parameters: number; tokenizer: Tokenizer }> {
  const config = modelFromHuggingFace(json, join(path, 'config.json'), tensors.names);
  openParameters(config, tensors);
  const tokenizer = await loadTokenizer(path);
  checkVocabulary(config, tokenizer, path);
  return { parameters: countParameters(config), tokenizer };
}

function requireFree(folder: string, source: string, force: boolean): void {
  const isInside = !relative(realpathSync(source), folder).startsWith(`..${sep}`);
  if (isInside) {
    throw new ClozeError('usage', `${folder} is in the model's own folder`, { hint: 'choose another one' });
  }
  if (force || !existsSync(folder) || readdirSync(folder).length === 0) return;
  throw new ClozeError('usage', `${folder} is there already, and not empty`, {
    hint: 'choose another folder, or say that it may be replaced',
    details: { folder },
  });
}
