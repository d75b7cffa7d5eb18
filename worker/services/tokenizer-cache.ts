import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { BpeTokenizer } from '../tokenizers/bpe.ts';
import type { CharTokenizer } from '../tokenizers/char.ts';
import { loadTokenizer, TOKENIZER_FILES } from '../tokenizers/tokenizer-files.ts';
import { modelFolder } from '../models/model-folder.ts';

type Loaded = BpeTokenizer | CharTokenizer;

interface Entry {
  /** Changes when a file of the tokenizer does. */
  readonly stamp: string;
  readonly tokenizer: Promise<Loaded>;
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
  async load(folder: string): Promise<Loaded> {
    const path = modelFolder(folder);
    const stamp = stampOf(path);
    const known = this.#entries.get(path);
    this.#entries.delete(path);
    const entry = known?.stamp === stamp ? known : { stamp, tokenizer: loadTokenizer(path) };
    this.#entries.set(path, entry);
    if (this.#entries.size > this.#capacity) this.#entries.delete(this.#entries.keys().next().value!);
    try {
      return await entry.tokenizer;
    } catch (error) {
      if (this.#entries.get(path) === entry) this.#entries.delete(path);
      throw error;
    }
  }
}

function stampOf(folder: string): string {
  return TOKENIZER_FILES.map((name) => {
    const stats = statSync(join(folder, name), { throwIfNoEntry: false });
    return stats === undefined ? '' : `${stats.mtimeMs}/${stats.size}/${stats.ino}`;
  }).join();
}
