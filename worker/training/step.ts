/** One optimizer step of a model on a device: gradients of each micro-batch, clipping, AdamW. */
import type { Device } from '../runtime/device.ts';
import type { Program } from '../runtime/program.ts';
import type { DeviceState } from '../runtime/state.ts';
import { compileGradients } from './gradients.ts';
import type { LossSource, ObjectiveBatch } from './objective.ts';
import {
  DeviceUpdate,
  HostUpdate,
  meanName,
  type Update,
  type UpdateSettings,
  varianceName,
} from './update.ts';

export interface StepSettings extends UpdateSettings {
  /** Micro-batches in a step. */
  readonly accumulate: number;
  readonly recompute: boolean;
  readonly seed: number;
}

export interface StepResult {
  /** Mean over the micro-batches, before the step. */
  readonly loss: number;
  /** Global L2 norm before clipping. */
  readonly gradientNorm: number;
  /** Positions of all micro-batches, padding included. */
  readonly tokens: number;
}

export class TrainStep {
  /** By the length of their sequences. */
  readonly #gradients: ReadonlyMap<number, Program>;
  readonly #update: Update;
  readonly #settings: StepSettings;

  private constructor(gradients: ReadonlyMap<number, Program>, update: Update, settings: StepSettings) {
    this.#gradients = gradients;
    this.#update = update;
    this.#settings = settings;
  }

  /**
   * Compiles the step and makes the state that it needs. Parameters that are trained are made, zeroed; the caller
   * writes their values, and makes those that are not trained.
   */
  static async create(
    device: Device,
    state: DeviceState,
    source: LossSource,
    settings: StepSettings,
  ): Promise<TrainStep> {
    const { trained, lengths } = source;
    const { accumulate, recompute } = settings;
    let update: Update;
    if (device.onHost) {
      update = new HostUpdate(state, trained, settings);
    } else {
      for (const [name, shape] of trained) {
        for (const each of [name, meanName(name), varianceName(name)])
          await state.allocate(each, 'float32', shape);
      }
      update = await DeviceUpdate.create(device, state, trained, settings);
    }
    const gradients = new Map<number, Program>();
    for (const length of lengths) {
      const options = { accumulate: accumulate > 1, recompute };
      gradients.set(length, await compileGradients(device, state, source, length, options));
    }
    return new TrainStep(gradients, update, settings);
  }

  /**
   * Runs step `step` (from 1) on one batch for each micro-batch. A loss that is not finite changes no weight; of the
   * norm see {@link Update.run}.
   */
  async run(step: number, learningRate: number, batches: readonly ObjectiveBatch[]): Promise<StepResult> {
    const { accumulate, seed } = this.#settings;
    let loss = 0;
    let tokens = 0;
    for (const [i, { length, feeds }] of batches.entries()) {
      const results = await this.#gradients.get(length)!.run({
        ...feeds,
        dropoutKey: Int32Array.of(seed, (step - 1) * accumulate + i),
        carry: Float32Array.of(i === 0 ? 0 : 1),
      });
      loss += Number(results.loss!.data[0]) / accumulate;
      tokens += feeds.ids!.length;
    }
    if (!Number.isFinite(loss)) return { loss, gradientNorm: NaN, tokens };
    const gradientNorm = await this.#update.run({ step, learningRate, gradientScale: 1 / accumulate });
    return { loss, gradientNorm, tokens };
  }
}
