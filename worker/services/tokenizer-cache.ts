import { statSync } from 'node:fs';
import { join } from 'node:path';
import { TOKENIZER_FILES } from '../base/tokenizer-file-names.ts';
import { loadTokenizer } from '../tokenizers/tokenizer-files.ts';
import type { AnyTokenizer } from '../tokenizers/tokenizer-json.ts';
import { tokenizerFolder } from '../models/load.ts';
import { openUnchanged } from '../models/open-unchanged.ts';

export interface LoadedTokenizer {
  readonly tokenizer: AnyTokenizer;
  /** Changes when a file of the tokenizer does; no two folders share one. */
  readonly version: string;
}

interface Entry {
  readonly version: string;
  readonly tokenizer: Promise<LoadedTokenizer['tokenizer']>;
}

/** Tokenizers that were loaded lately, by the folder that was named, as long as their files stay as they were. */
export class TokenizerCache {
  readonly #capacity: number;
  /** The one used last comes last. */
  readonly #entries = new Map<string, Entry>();

  constructor(capacity = 4) {
    this.#capacity = capacity;
  }

  /**
   * The tokenizer of a tokenizer's, model's or run's folder, which a run may be replacing. Throws `usage`, `tokenizer`,
   * `checkpoint`.
   */
  load(folder: string): Promise<LoadedTokenizer> {
    return openUnchanged(
      folder,
      (path) => this.#load(folder, tokenizerFolder(path)),
      () => undefined,
    );
  }

  async #load(folder: string, path: string): Promise<LoadedTokenizer> {
    const version = versionOf(folder, path);
    const known = this.#entries.get(folder);
    this.#entries.delete(folder);
    const entry = known?.version === version ? known : { version, tokenizer: loadTokenizer(path) };
    this.#entries.set(folder, entry);
    if (this.#entries.size > this.#capacity) this.#entries.delete(this.#entries.keys().next().value!);
    try {
      return { tokenizer: await entry.tokenizer, version };
    } catch (error) {
      if (this.#entries.get(folder) === entry) this.#entries.delete(folder);
      throw error;
    }
  }
}

/** Of the files at `path`, which may be what a writer has put aside, under the name of their folder. */
function versionOf(folder: string, path: string): string {
  const files = TOKENIZER_FILES.map((name) => {
    const stats = statSync(join(path, name), { throwIfNoEntry: false });
    return stats === undefined ? '' : `${stats.mtimeMs}/${stats.size}/${stats.ino}`;
  });
  return [folder, ...files].join();
}
