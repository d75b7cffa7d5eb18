/** Where an open model takes one adapter after another. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ClozeError } from '../base/errors.ts';
import { readModelFolder } from '../checkpoints/folder.ts';
import { baseOf, openAdapter, type StoredAdapter } from '../checkpoints/peft.ts';
import { readReplaceable } from '../checkpoints/replace.ts';
import { fillSlots, fitsIn, makeSlots, slotsFor } from '../models/adapter-slots.ts';
import { type LoadedTextModel, tokenizerFolder } from '../models/load.ts';
import type { Adapter } from '../models/lora.ts';
import { modelFolder, modelVersion } from '../models/model-folder.ts';
import { loadTokenizer } from '../tokenizers/tokenizer-files.ts';
import { tokenizerHash } from './training-tokenizer.ts';

export class AdapterPlace {
  /** The model that the adapters are added to. */
  readonly base: string;
  /** What the model's programs are compiled with. */
  readonly slots: Adapter;
  readonly #version: string | undefined;
  #loaded: LoadedTextModel | undefined;
  #current: string | undefined;

  private constructor(base: string, slots: Adapter) {
    this.base = base;
    this.slots = slots;
    this.#version = modelVersion(base);
  }

  /**
   * A place for the adapters among `folder` and `beside` that share its base. Undefined where there is none, or where
   * `folder` is an adapter that changes more of its model than low-rank layers do. Throws `checkpoint`.
   */
  static find(folder: string, beside: readonly string[]): AdapterPlace | undefined {
    const own = addedLayers(folder);
    if (own === undefined && baseOf(folder) !== undefined) return undefined;
    const base = baseOf(folder) ?? folder;
    const others = beside.filter((path) => isOver(base, path)).map((path) => addedLayers(path));
    const found = [own, ...others].filter((layers) => layers !== undefined);
    return found.length === 0 ? undefined : new AdapterPlace(base, slotsFor(found));
  }

  /** The adapter that is in it; undefined: the model is its base. */
  get current(): string | undefined {
    return this.#current;
  }

  /** Makes the slots, empty, in the model that `base` was loaded as. */
  async make(loaded: LoadedTextModel): Promise<void> {
    await makeSlots(this.slots, loaded.state);
    this.#loaded = loaded;
  }

  /**
   * Takes the adapter of a folder in the place of another, or none for the base's own folder. Returns false where that is
   * no model over this base as it was opened, has more to add than there are slots for, or another tokenizer; then nothing
   * has changed. Throws `checkpoint` for an adapter that is broken or was trained on other weights.
   */
  async take(folder: string): Promise<boolean> {
    const { state, tokenizer } = this.#loaded!;
    if (modelVersion(this.base) !== this.#version) return false;
    if (resolve(folder) === resolve(this.base)) {
      await fillSlots(this.slots, undefined, state);
      this.#current = undefined;
      return true;
    }
    if (!isOver(this.base, folder)) return false;
    const own = await loadTokenizer(tokenizerFolder(folder));
    if (tokenizerHash(own) !== tokenizerHash(tokenizer)) return false;
    return this.#fill(folder);
  }

  async #fill(folder: string): Promise<boolean> {
    const { adapted, tensors } = readModelFolder(folder);
    try {
      adapted?.requireBase();
      if (adapted === undefined || !fitsIn(this.slots, adapted.adapter)) return false;
      await fillSlots(this.slots, adapted.adapter, this.#loaded!.state);
      this.#current = folder;
      return true;
    } finally {
      tensors.close();
    }
  }
}

/** Whether the model of a folder is an adapter of this base, as far as can be told. */
function isOver(base: string, folder: string): boolean {
  try {
    const over = baseOf(modelFolder(folder));
    return over !== undefined && resolve(over) === resolve(base);
  } catch (error) {
    if (error instanceof ClozeError) return false; // who chooses it hears why
    throw error;
  }
}

/** The layers of an adapter that has nothing but those. */
function addedLayers(model: string): Pick<StoredAdapter, 'layers'> | undefined {
  const folder = modelFolder(model);
  if (baseOf(folder) === undefined || existsSync(join(folder, 'config.json'))) return undefined;
  const stored = readReplaceable(folder, openAdapter, ({ file }) => file.close());
  stored.file.close();
  return stored.saved.size === 0 ? stored : undefined;
}
