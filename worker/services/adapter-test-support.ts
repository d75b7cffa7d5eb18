/** A small model and adapters of it on disk, all of random values. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../base/random.ts';
import { readModelFolder } from '../checkpoints/folder.ts';
import { weightsHash } from '../checkpoints/weights-hash.ts';
import { smallConfig, testTokenizer } from '../generation/test-support.ts';
import { saveAdapter } from '../models/adapter-folder.ts';
import type { GptConfig } from '../models/config.ts';
import { initialWeights } from '../models/initialise.ts';
import { putWeight, saveModel } from '../models/load.ts';
import { type LoraSettings, LoraSettingsSchema, newAdapter, trainedShapes } from '../models/lora.ts';
import type { Device } from '../runtime/device.ts';
import { openDevice } from '../runtime/open-device.ts';
import { toTokenizerJson } from '../tokenizers/tokenizer-json.ts';

const tokenizer = testTokenizer();
const files = { 'tokenizer.json': JSON.stringify(toTokenizerJson(tokenizer)) };

export class AdapterFolders {
  readonly config: GptConfig;
  readonly #folder = mkdtempSync(join(tmpdir(), 'cloze-adapters-'));
  readonly #device: Device;

  private constructor(device: Device, shape: Partial<GptConfig>) {
    this.#device = device;
    this.config = { ...smallConfig({ vocab: tokenizer.vocabSize, ...shape }), initRange: 0.4 };
  }

  /** `shape` tells what the base has otherwise than others in tests. */
  static async create(shape: Partial<GptConfig> = {}): Promise<AdapterFolders> {
    const { device } = await openDevice('cpu', { threads: 1 });
    return new AdapterFolders(device, shape);
  }

  at(name: string): string {
    return join(this.#folder, name);
  }

  async writeBase(name: string, seed: number): Promise<void> {
    const state = this.#device.createState();
    for (const weight of initialWeights(this.config, seed)) await putWeight(weight, state, this.#device);
    await saveModel(this.at(name), { config: this.config, state, tokenizer, specialIds: {}, files });
  }

  /** An adapter of `base`. */
  async writeAdapter(name: string, fields: Partial<LoraSettings>, seed: number): Promise<void> {
    const { config } = this;
    const settings = LoraSettingsSchema.parse(fields);
    const adapter = newAdapter(config, settings);
    const state = this.#device.createState();
    const random = new Random(seed, name);
    for (const [parameter, shape] of trainedShapes(config, adapter)) {
      const data = Float32Array.from({ length: shape[0]! * shape[1]! }, () => 0.5 * random.normal());
      await putWeight({ name: parameter, shape, data }, state, this.#device);
    }
    const { tensors } = readModelFolder(this.at('base'));
    const origin = { settings, basePath: this.at('base'), baseHash: weightsHash(tensors) };
    tensors.close();
    await saveAdapter(this.at(name), { config, adapter, origin, state, files: {} });
  }

  async close(): Promise<void> {
    rmSync(this.#folder, { recursive: true });
    await this.#device.close();
  }
}
