/** Reads a model's attention weights: the probes of its whole-sequence graph. */
import type { Tensor } from '../graph/tensor.ts';
import { isEncoder, type ModelConfig } from '../models/config.ts';
import { encoderModel } from '../models/encoder.ts';
import { sequenceModel } from '../models/sequence.ts';
import type { Device } from '../runtime/device.ts';
import type { Program, Results } from '../runtime/program.ts';
import type { DeviceState } from '../runtime/state.ts';
import { type ModelInput, paddedFeeds } from './input.ts';
import { bucketLength } from './lengths.ts';
import { ProgramsByLength } from './programs.ts';

/** The name that an attention module gives what its softmax makes, [B, H, T, T]. */
const WEIGHTS = /(^|\.)weights$/;

export class AttentionReader {
  readonly #device: Device;
  readonly #state: DeviceState;
  readonly #config: ModelConfig;
  readonly #programs = new ProgramsByLength((length) => this.#compile(length));

  constructor(device: Device, state: DeviceState, config: ModelConfig) {
    this.#device = device;
    this.#state = state;
    this.#config = config;
  }

  /** Weights of all heads over T tokens, as [L, H, T, T]. Throws `provider`. */
  async read(input: ModelInput): Promise<Float32Array<ArrayBuffer>> {
    const { length: size } = input.ids;
    const length = bucketLength(size, this.#config.context);
    const program = await this.#programs.get(length);
    return joined(await program.run(paddedFeeds(input, length)), this.#config, length, size);
  }

  #compile(length: number): Promise<Program> {
    const config = this.#config;
    const build = isEncoder(config)
      ? encoderModel(config, 1, length, false)
      : sequenceModel(config, 1, length, false);
    const outputs = weightsOf(build.scope.probes);
    return this.#device.compile({ name: `attention-${length}`, outputs }, this.#state);
  }
}

/** The probes of attention weights, layer by layer as they were built. */
function weightsOf(probes: ReadonlyMap<string, Tensor>): Record<string, Tensor> {
  const found = [...probes].filter(([name]) => WEIGHTS.test(name));
  return Object.fromEntries(found.map(([, tensor], layer) => [layerName(layer), tensor]));
}

function layerName(layer: number): string {
  return `weights-${layer}`;
}

/** The first `size` rows and columns of every head: the others are padding. */
function joined(
  results: Results,
  { layers, heads }: Pick<ModelConfig, 'layers' | 'heads'>,
  length: number,
  size: number,
): Float32Array<ArrayBuffer> {
  const all = new Float32Array(layers * heads * size * size);
  for (let layer = 0; layer < layers; layer++) {
    const { data } = results[layerName(layer)]!;
    for (let row = 0; row < heads * size; row++) {
      const from = (Math.floor(row / size) * length + (row % size)) * length;
      all.set(data.subarray(from, from + size) as Float32Array, (layer * heads * size + row) * size);
    }
  }
  return all;
}
