import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { copyFileSynced } from '../base/files.ts';
import { jsonFile, writeFiles } from '../checkpoints/content.ts';
import { isModelFile, type ModelFolder, writeModelFolder } from '../checkpoints/folder.ts';
import { isAdapterFolder } from '../checkpoints/peft.ts';
import { replaceFolder } from '../checkpoints/replace.ts';
import { copyOf } from '../checkpoints/safetensors.ts';
import type { ExportedModel } from '../export/exported-model.ts';
import type { FimOrder } from '../generation/completion/prompt.ts';
import type { AnyTokenizer } from '../tokenizers/tokenizer-json.ts';
import { OPTIMIZER_FILE } from '../training/checkpoint.ts';
import { isExportedFile } from './export-target.ts';
import { GENERATION_CONFIG } from './learned-order.ts';

/** A model that was checked, and what it is copied from. */
export interface ExportSource extends ExportedModel {
  readonly folder: ModelFolder;
  readonly tokenizer: AnyTokenizer;
  /** How it learned to fill in the middle. */
  readonly fim: FimOrder | undefined;
}

/** Writes a Hugging Face folder; an adapter's model as one that needs no base. */
export function writeHuggingFace(out: string, source: ExportSource): void {
  if (isAdapterFolder(source.folder.path)) writeMerged(out, source);
  else copyModel(out, source);
}

function copyModel(out: string, { folder: { path }, generationConfig }: ExportSource): void {
  const files = readdirSync(path).filter((name) => isModelFile(name) && name !== OPTIMIZER_FILE);
  const fill = (temporary: string): void => {
    for (const name of files) copyFileSynced(join(path, name), join(temporary, name));
    if (generationConfig !== undefined) {
      writeFiles(temporary, { [GENERATION_CONFIG]: jsonFile(generationConfig) });
    }
  };
  replaceFolder(out, fill, (entry) => isExportedFile(out, entry));
}

function writeMerged(
  out: string,
  { json, folder: { tensors }, generationConfig, tokenizerFiles }: ExportSource,
): void {
  writeModelFolder(out, {
    config: json,
    generationConfig,
    tensors: new Map(tensors.names.map((name) => [name, copyOf(tensors, name)])),
    files: tokenizerFiles,
  });
}
