import { resolve } from 'node:path';
import { Encoder } from '../encoding/encoder.ts';
import { type ReadingModel, readingModel } from '../encoding/reading-model.ts';
import { countParameters } from '../models/layout.ts';
import { loadTextEncoder } from '../models/load.ts';
import { modelFolder } from '../models/model-folder.ts';
import type { EncoderDescription } from '../protocol/encoder.ts';
import type { TextModelRequest } from '../protocol/generation.ts';
import type { Device } from '../runtime/device.ts';
import { openDevice } from '../runtime/open-device.ts';
import { parseProvider } from '../runtime/provider.ts';
import { modelName } from './model-name.ts';
import { noteUnused } from './run-device.ts';
import type { TextModelHooks } from './text-model.ts';

/** An encoder on a device, ready to be asked. Close it when done. */
export class OpenEncoder {
  readonly reading: ReadingModel;
  readonly description: EncoderDescription;
  readonly #device: Device;

  private constructor(reading: ReadingModel, description: EncoderDescription, device: Device) {
    this.reading = reading;
    this.description = description;
    this.#device = device;
  }

  /** Throws `usage`, `provider`, `checkpoint`, `tokenizer`, and `model` for a decoder. */
  static async open(request: TextModelRequest, { onNote }: TextModelHooks = {}): Promise<OpenEncoder> {
    const folder = modelFolder(request.model);
    const { device, tried } = await openDevice(parseProvider(request.provider ?? 'auto'));
    try {
      const notes: string[] = [];
      noteUnused(tried, (note) => notes.push(note));
      for (const note of notes) onNote?.(note);
      const { config, state, tokenizer } = await loadTextEncoder(folder, device);
      const description = {
        folder: resolve(folder),
        name: modelName(folder),
        kind: config.layout,
        head: config.head,
        labels: config.labels,
        parameters: countParameters(config),
        context: config.context,
        provider: device.provider,
        notes,
      };
      const reading = readingModel(new Encoder(device, config, state), tokenizer);
      return new OpenEncoder(reading, description, device);
    } catch (error) {
      await device.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#device.close();
  }
}
