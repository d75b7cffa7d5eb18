/** What an encoder's masked-language head says of one place. */
import type { BertConfig } from '../models/config.ts';
import { maskedLogits } from '../models/bert.ts';
import { encoderModel } from '../models/encoder.ts';
import type { Device } from '../runtime/device.ts';
import type { Program } from '../runtime/program.ts';
import type { DeviceState } from '../runtime/state.ts';
import { type ModelInput, paddedFeeds } from './input.ts';
import { bucketLength } from './lengths.ts';
import { ProgramsByLength } from './programs.ts';

export interface Candidate {
  readonly id: number;
  readonly probability: number;
}

export class MaskPredictor {
  readonly #device: Device;
  readonly #state: DeviceState;
  readonly #config: BertConfig;
  readonly #programs = new ProgramsByLength((length) => this.#compile(length));

  constructor(device: Device, state: DeviceState, config: BertConfig) {
    this.#device = device;
    this.#state = state;
    this.#config = config;
  }

  /** The likeliest tokens at a position, the likeliest first. Throws `provider`. */
  async predict(
    input: ModelInput,
    position: number,
    count: number,
    isToken: (id: number) => boolean,
  ): Promise<Candidate[]> {
    const length = bucketLength(input.ids.length, this.#config.context);
    const program = await this.#programs.get(length);
    const feeds = { ...paddedFeeds(input, length), positions: Int32Array.of(position) };
    const { logits } = await program.run(feeds);
    return likeliest(logits!.data as Float32Array, count, isToken);
  }

  #compile(length: number): Promise<Program> {
    const { graph, scope, hidden } = encoderModel(this.#config, 1, length, false);
    const logits = maskedLogits(scope, this.#config, hidden, graph.feed('positions', 'int32', [1]));
    return this.#device.compile({ name: `predict-${length}`, outputs: { logits } }, this.#state);
  }
}

/** The largest of the softmax of logits [V] that are of tokens; of equal ones the lower id first. */
export function likeliest(
  logits: Float32Array,
  count: number,
  isToken: (id: number) => boolean,
): Candidate[] {
  const most = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = logits.reduce((all, logit) => all + Math.exp(logit - most), 0);
  return Array.from(logits.keys())
    .filter(isToken)
    .sort((a, b) => logits[b]! - logits[a]!)
    .slice(0, count)
    .map((id) => ({ id, probability: Math.exp(logits[id]! - most) / sum }));
}
