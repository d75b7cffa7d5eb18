import { resolve } from 'node:path';
import type { FimOrder } from '../generation/completion/prompt.ts';
import { Decoder } from '../generation/decoder.ts';
import type { TextModel } from '../generation/generate.ts';
import { TokenIndex } from '../generation/token-index.ts';
import { countParameters } from '../models/layout.ts';
import {
  discardFrozen,
  type FrozenModel,
  type FrozenOptions,
  loadFrozenModel,
} from '../models/load-frozen.ts';
import { modelFolder } from '../models/model-folder.ts';
import { openUnchanged } from '../models/open-unchanged.ts';
import type { ModelDescription, TextModelRequest } from '../protocol/generation.ts';
import type { Device } from '../runtime/device.ts';
import { openDevice } from '../runtime/open-device.ts';
import { parseProvider } from '../runtime/provider.ts';
import { AdapterPlace } from './adapter-place.ts';
import { weightsFolder } from './cache.ts';
import { learnedOrder } from './learned-order.ts';
import { modelName } from './model-name.ts';
import { type DeviceHooks, noteUnused } from './run-device.ts';

/** How a caller ends a request before its end, and hears what is worth a note. */
export interface TextModelHooks extends Pick<DeviceHooks, 'onNote'> {
  readonly signal?: AbortSignal | undefined;
}

/** What an open model is made of, whatever adapter it has. */
interface Parts {
  readonly device: Device;
  readonly loaded: FrozenModel;
  readonly decoder: Decoder;
  readonly place: AdapterPlace | undefined;
  readonly notes: readonly string[];
}

/** What differs from adapter to adapter. */
interface Shown {
  /** How it was trained to fill in the middle; undefined where it was not. */
  readonly fimOrder: FimOrder | undefined;
  readonly description: ModelDescription;
}

/** A model on a device, ready to write; requests that share a prefix share its cache. Close it when done. */
export class OpenTextModel {
  readonly text: TextModel;
  readonly #parts: Parts;
  #shown: Shown;

  private constructor(parts: Parts, shown: Shown) {
    const { decoder, loaded } = parts;
    this.text = { decoder, tokenizer: loaded.tokenizer, endIds: loaded.endIds };
    this.#parts = parts;
    this.#shown = shown;
  }

  /**
   * With `beside`, the adapter that the request names and those beside it can be taken later, compiling nothing.
   * Throws `usage`, `provider`, `checkpoint`, `config`, `tokenizer`, `model`.
   */
  static async open(request: TextModelRequest, { onNote }: TextModelHooks = {}): Promise<OpenTextModel> {
    modelFolder(request.model); // better refused before a device is opened
    const { device, tried } = await openDevice(parseProvider(request.provider ?? 'auto'));
    try {
      const unused: string[] = [];
      noteUnused(tried, (note) => unused.push(note));
      // ONNX Runtime reads the weights from their file when the programs are compiled: it must be the same for all
      const opened = await openUnchanged(
        request.model,
        (folder) => OpenTextModel.#open(folder, request, device, unused),
        (outdated) => outdated.#clear(),
      );
      for (const note of opened.description.notes) onNote?.(note);
      return opened;
    } catch (error) {
      await device.close();
      throw error;
    }
  }

  /** From files that stay as they are. Leaves nothing on the device where it throws. */
  static async #open(
    folder: string,
    request: TextModelRequest,
    device: Device,
    unused: readonly string[],
  ): Promise<OpenTextModel> {
    try {
      const notes = [...unused];
      const { loaded, place } = await load(folder, request, device);
      const decoder = await compiled(loaded, () =>
        Decoder.create(device, loaded.config, loaded.state, {
          adapter: place?.slots,
          quantised: loaded.quantised,
        }),
      );
      if (loaded.precision !== 'float32' && request.weights === undefined) notes.push(ROUNDED);
      const parts = { device, loaded, decoder, place, notes };
      return new OpenTextModel(parts, await shownOf(folder, parts));
    } catch (error) {
      await device.clear();
      throw error;
    }
  }

  get description(): ModelDescription {
    return this.#shown.description;
  }

  get fimOrder(): FimOrder | undefined {
    return this.#shown.fimOrder;
  }

  /**
   * Becomes another model over the same base, if it was opened with a place for that; else returns false and stays what it
   * is. Nothing of the former one is left in the cache. Throws `checkpoint`: then it is to be closed.
   */
  async become({ model }: TextModelRequest): Promise<boolean> {
    const { place, decoder } = this.#parts;
    if (place === undefined) return false;
    const take = async (folder: string): Promise<Shown | undefined> =>
      (await place.take(folder)) ? shownOf(folder, this.#parts) : undefined;
    const shown = await openUnchanged(model, take, () => undefined);
    if (shown === undefined) return false;
    decoder.crop(0);
    this.#shown = shown;
    return true;
  }

  /** Does now what the first request would otherwise wait for. */
  async warmUp(): Promise<void> {
    TokenIndex.of(this.text.tokenizer);
    await this.text.decoder.warmUp();
  }

  async close(): Promise<void> {
    await this.#parts.device.close();
    this.#parts.loaded.release(); // Windows lets go of a file only once no program has it mapped
  }

  /** As {@link close}, but for the device. */
  async #clear(): Promise<void> {
    await this.#parts.device.clear();
    this.#parts.loaded.release();
  }
}

const ROUNDED =
  'the model is large and stored in 16 bits: its weights are rounded to 8, in float32 they would take twice the size of its file';

/** A decoder with its programs compiled, for which what was written of the weights is needed. */
async function compiled({ release }: FrozenModel, create: () => Promise<Decoder>): Promise<Decoder> {
  try {
    const decoder = await create();
    await decoder.compile();
    return decoder;
  } finally {
    release();
  }
}

/** The model of a folder: its base with a place for adapters, or else merged with the adapter that it is. */
async function load(
  folder: string,
  { beside, weights }: TextModelRequest,
  device: Device,
): Promise<Pick<Parts, 'loaded' | 'place'>> {
  const options: FrozenOptions = { precision: weights, folder: weightsFolder() };
  const place = beside === undefined ? undefined : AdapterPlace.find(folder, beside);
  if (place !== undefined) {
    const loaded = await loadFrozenModel(place.base, device, options);
    try {
      await place.make(loaded);
      if (await place.take(folder)) return { loaded, place };
    } catch (error) {
      discardFrozen(loaded);
      throw error;
    }
    discardFrozen(loaded);
  }
  return { loaded: await loadFrozenModel(folder, device, options), place: undefined };
}

async function shownOf(folder: string, { device, loaded, place, notes }: Parts): Promise<Shown> {
  const { config, tokenizer, precision } = loaded;
  const fimOrder = await learnedOrder(folder, tokenizer);
  const description = {
    folder: resolve(folder),
    name: modelName(folder),
    ...(place?.current === undefined ? {} : { base: modelName(place.base) }),
    kind: config.layout,
    parameters: countParameters(config),
    context: config.context,
    fim: fimOrder !== undefined,
    provider: device.provider,
    weights: precision,
    notes: [...notes],
  };
  return { fimOrder, description };
}
