import { statSync } from 'node:fs';
import { join } from 'node:path';
import { TOKENIZER_FILES } from '../base/tokenizer-file-names.ts';
import { loadTokenizer } from '../tokenizers/tokenizer-files.ts';
import type { AnyTokenizer } from '../tokenizers/tokenizer-json.ts';
import { tokenizerFolder } from '../models/load.ts';
import { modelFolder } from '../models/model-folder.ts';

export interface LoadedTokenizer {
  readonly tokenizer: AnyTokenizer;
  /** Changes when a file of the tokenizer does; no two folders share one. */
  readonly version: string;
}

interface Entry {
  readonly version: string;
  readonly tokenizer: Promise<LoadedTokenizer['tokenizer']>;
}

/** Tokenizers that were loaded lately, by folder, as long as their files stay as they were. */
export class TokenizerCache {
  readonly #capacity: number;
  /** The one used last comes last. */
  readonly #entries = new Map<string, Entry>();

  constructor(capacity = 4) {
    this.#capacity = capacity;
  }

  /** The tokenizer of a tokenizer's, model's or run's folder. Throws `usage`, `tokenizer`. */
  async load(folder: string): Promise<LoadedTokenizer> {
    const path = tokenizerFolder(modelFolder(folder));
    const version = versionOf(path);
    const known = this.#entries.get(path);
    this.#entries.delete(path);
    const entry = known?.version === version ? known : { version, tokenizer: loadTokenizer(path) };
    this.#entries.set(path, entry);
    if (this.#entries.size > this.#capacity) this.#entries.delete(this.#entries.keys().next().value!);
    try {
      return { tokenizer: await entry.tokenizer, version };
    } catch (error) {
      if (this.#entries.get(path) === entry) this.#entries.delete(path);
      throw error;
    }
  }
}

function versionOf(folder: string): string {
  const files = TOKENIZER_FILES.map((name) => {
    const stats = statSync(join(folder, name), { throwIfNoEntry: false });
    return stats === undefined ? '' : `${stats.mtimeMs}/${stats.size}/${stats.ino}`;
  });
  return [folder, ...files].join();
}
