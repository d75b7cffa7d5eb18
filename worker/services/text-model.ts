import { Decoder } from '../generation/decoder.ts';
import type { TextModel } from '../generation/generate.ts';
import { loadTextModel } from '../models/load.ts';
import type { TextModelRequest } from '../protocol/generation.ts';
import { type Device, openDevice } from '../runtime/device.ts';
import { parseProvider } from '../runtime/provider.ts';
import { modelFolder } from './model-folder.ts';
import { type DeviceHooks, noteUnused } from './run-device.ts';

/** How a caller ends a request before its end, and hears what is worth a note. */
export interface TextModelHooks extends Pick<DeviceHooks, 'onNote'> {
  readonly signal?: AbortSignal | undefined;
}

/** A model on a device, ready to write; requests that share a prefix share its cache. Close it when done. */
export class OpenTextModel {
  readonly text: TextModel;
  readonly #device: Device;

  private constructor(text: TextModel, device: Device) {
    this.text = text;
    this.#device = device;
  }

  /** Throws `usage`, `provider`, `checkpoint`, `tokenizer`, `model`. */
  static async open(request: TextModelRequest, { onNote }: TextModelHooks): Promise<OpenTextModel> {
    const folder = modelFolder(request.model);
    const { device, tried } = await openDevice(parseProvider(request.provider ?? 'auto'));
    try {
      noteUnused(tried, onNote);
      const { config, state, tokenizer, endIds } = await loadTextModel(folder, device);
      const decoder = await Decoder.create(device, config, state);
      return new OpenTextModel({ decoder, tokenizer, endIds }, device);
    } catch (error) {
      await device.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#device.close();
  }
}
