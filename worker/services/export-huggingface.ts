import { fillModelFolder, type ModelFolder } from '../checkpoints/folder.ts';
import { replaceFolder } from '../checkpoints/replace.ts';
import { copyOf } from '../checkpoints/safetensors.ts';
import type { ExportedModel } from '../export/exported-model.ts';
import type { FimOrder } from '../generation/completion/prompt.ts';
import type { AnyTokenizer } from '../tokenizers/tokenizer-json.ts';
import { isExportedFile } from './export-target.ts';

/** A model that was checked, and what it is copied from. */
export interface ExportSource extends ExportedModel {
  /** As it was opened: its tensors can be read, but its path may be another's by now. */
  readonly folder: ModelFolder;
  /** The model's folder as it was named, and of an adapter those of its bases. */
  readonly folders: readonly [string, ...string[]];
  readonly tokenizer: AnyTokenizer;
  /** How it learned to fill in the middle. */
  readonly fim: FimOrder | undefined;
}

/**
 * Writes a Hugging Face folder; an adapter's model as one that needs no base. From what was opened and read, and not by the names
 * of files, which a run may be replacing.
 */
export function writeHuggingFace(
  out: string,
  { json, folder: { tensors }, generationConfig, tokenizerFiles }: ExportSource,
): void {
  const content = {
    config: json,
    generationConfig,
    tensors: new Map(tensors.names.map((name) => [name, copyOf(tensors, name)])),
    files: tokenizerFiles,
  };
  replaceFolder(
    out,
    (temporary) => fillModelFolder(temporary, content),
    (entry) => isExportedFile(out, entry),
  );
}
