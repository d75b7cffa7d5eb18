import { basename, resolve } from 'node:path';
import type { FimOrder } from '../generation/completion/prompt.ts';
import { Decoder } from '../generation/decoder.ts';
import type { TextModel } from '../generation/generate.ts';
import { TokenIndex } from '../generation/token-index.ts';
import { countParameters } from '../models/layout.ts';
import { loadTextModel } from '../models/load.ts';
import type { ModelDescription, TextModelRequest } from '../protocol/generation.ts';
import { type Device, openDevice } from '../runtime/device.ts';
import { parseProvider } from '../runtime/provider.ts';
import { modelFolder } from '../models/model-folder.ts';
import { learnedOrder, runOf } from './learned-order.ts';
import { type DeviceHooks, noteUnused } from './run-device.ts';

/** How a caller ends a request before its end, and hears what is worth a note. */
export interface TextModelHooks extends Pick<DeviceHooks, 'onNote'> {
  readonly signal?: AbortSignal | undefined;
}

/** A model on a device, ready to write; requests that share a prefix share its cache. Close it when done. */
export class OpenTextModel {
  readonly text: TextModel;
  readonly description: ModelDescription;
  /** How it was trained to fill in the middle; undefined where it was not. */
  readonly fimOrder: FimOrder | undefined;
  readonly #device: Device;

  private constructor(
    text: TextModel,
    description: ModelDescription,
    fimOrder: FimOrder | undefined,
    device: Device,
  ) {
    this.text = text;
    this.description = description;
    this.fimOrder = fimOrder;
    this.#device = device;
  }

  /** Throws `usage`, `provider`, `checkpoint`, `config`, `tokenizer`, `model`. */
  static async open(request: TextModelRequest, { onNote }: TextModelHooks = {}): Promise<OpenTextModel> {
    const folder = modelFolder(request.model);
    const { device, tried } = await openDevice(parseProvider(request.provider ?? 'auto'));
    try {
      const notes: string[] = [];
      noteUnused(tried, (note) => notes.push(note));
      for (const note of notes) onNote?.(note);
      const { config, state, tokenizer, endIds } = await loadTextModel(folder, device);
      const fimOrder = await learnedOrder(folder, tokenizer);
      const description = {
        folder: resolve(folder),
        name: nameOf(folder),
        kind: config.layout,
        parameters: countParameters(config),
        context: config.context,
        fim: fimOrder !== undefined,
        provider: device.provider,
        notes,
      };
      const decoder = await Decoder.create(device, config, state);
      return new OpenTextModel({ decoder, tokenizer, endIds }, description, fimOrder, device);
    } catch (error) {
      await device.close();
      throw error;
    }
  }

  /** Does now what the first request would otherwise wait for. */
  async warmUp(): Promise<void> {
    TokenIndex.of(this.text.tokenizer);
    await this.text.decoder.warmUp();
  }

  async close(): Promise<void> {
    await this.#device.close();
  }
}

function nameOf(folder: string): string {
  return basename(runOf(folder)?.path ?? resolve(folder));
}
