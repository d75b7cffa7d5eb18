/** One optimizer step of a model on a device: gradients of each micro-batch, clipping, AdamW. */
import type { GptConfig } from '../models/config.ts';
import { parameterShapes } from '../models/layout.ts';
import type { Device } from '../runtime/device.ts';
import type { Program } from '../runtime/program.ts';
import type { DeviceState } from '../runtime/state.ts';
import { compileGradients } from './gradients.ts';
import {
  DeviceUpdate,
  HostUpdate,
  meanName,
  type Update,
  type UpdateSettings,
  varianceName,
} from './update.ts';

export interface StepSettings extends UpdateSettings {
  /** B, sequences in a micro-batch. */
  readonly batch: number;
  /** T, tokens in a sequence. */
  readonly length: number;
  /** Micro-batches in a step. */
  readonly accumulate: number;
  readonly recompute: boolean;
  readonly seed: number;
}

/** Token ids and what should follow them, int32 [B T] each; a negative target does not count. */
export interface TokenBatch {
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
}

export interface StepResult {
  /** Mean over the micro-batches, before the step. */
  readonly loss: number;
  /** Global L2 norm before clipping. */
  readonly gradientNorm: number;
}

export class TrainStep {
  readonly #gradients: Program;
  readonly #update: Update;
  readonly #settings: StepSettings;

  private constructor(gradients: Program, update: Update, settings: StepSettings) {
    this.#gradients = gradients;
    this.#update = update;
    this.#settings = settings;
  }

  /**
   * Compiles the step and makes the state that it needs beside the parameters. Parameters that are not in the
   * state yet are made, zeroed; the caller writes their values.
   */
  static async create(
    device: Device,
    state: DeviceState,
    config: GptConfig,
    settings: StepSettings,
  ): Promise<TrainStep> {
    const shapes = parameterShapes(config);
    let update: Update;
    if (device.onHost) {
      update = new HostUpdate(state, shapes, settings);
    } else {
      for (const [name, shape] of shapes) {
        for (const each of [name, meanName(name), varianceName(name)])
          await state.allocate(each, 'float32', shape);
      }
      update = await DeviceUpdate.create(device, state, shapes, settings);
    }
    const gradients = await compileGradients(device, state, config, {
      ...settings,
      accumulate: settings.accumulate > 1,
    });
    return new TrainStep(gradients, update, settings);
  }

  /**
   * Runs step `step` (from 1) on one batch for each micro-batch. A loss that is not finite changes no weight; of the
   * norm see {@link Update.run}.
   */
  async run(step: number, learningRate: number, batches: readonly TokenBatch[]): Promise<StepResult> {
    const { accumulate, seed } = this.#settings;
    let loss = 0;
    for (const [i, { inputs, targets }] of batches.entries()) {
      const results = await this.#gradients.run({
        ids: inputs,
        targets,
        dropoutKey: Int32Array.of(seed, (step - 1) * accumulate + i),
        carry: Float32Array.of(i === 0 ? 0 : 1),
      });
      loss += Number(results.loss!.data[0]) / accumulate;
    }
    if (!Number.isFinite(loss)) return { loss, gradientNorm: NaN };
    const gradientNorm = await this.#update.run({ step, learningRate, gradientScale: 1 / accumulate });
    return { loss, gradientNorm };
  }
}
