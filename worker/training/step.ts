/** One optimizer step of a model on a device: gradients of each micro-batch, clipping, AdamW. */
import type { Device } from '../runtime/device.ts';
import type { Program } from '../runtime/program.ts';
import { allocateHost } from '../runtime/session.ts';
import type { DeviceState } from '../runtime/state.ts';
import { compileGradients, gradientName } from './gradients.ts';
import type { LossSource, ObjectiveBatch } from './objective.ts';
import { isScaled, precisionOn } from './precision.ts';
import type { ComputePrecision, Precision } from './precision-name.ts';
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
  /** Default float32. */
  readonly precision?: Precision;
}

export interface StepResult {
  /** Mean over the micro-batches, before the step. */
  readonly loss: number;
  /** Global L2 norm before clipping. If it is not finite, the step has changed no parameter and no moment. */
  readonly gradientNorm: number;
  /** Positions of all micro-batches, padding included. */
  readonly tokens: number;
}

export class TrainStep {
  readonly precision: ComputePrecision;
  readonly #state: DeviceState;
  readonly #source: LossSource;
  /** By the length of their sequences. */
  readonly #gradients: ReadonlyMap<number, Program>;
  readonly #update: Update;
  readonly #settings: StepSettings;

  private constructor(
    state: DeviceState,
    source: LossSource,
    parts: {
      readonly gradients: ReadonlyMap<number, Program>;
      readonly update: Update;
      readonly precision: ComputePrecision;
    },
    settings: StepSettings,
  ) {
    this.precision = parts.precision;
    this.#state = state;
    this.#source = source;
    this.#gradients = parts.gradients;
    this.#update = parts.update;
    this.#settings = settings;
  }

  /**
   * Compiles the step and makes the state that it needs. Parameters that are trained are made, zeroed; the caller
   * writes their values, and makes those that are not trained. Throws `provider` where the device can not compute in the
   * precision.
   */
  static async create(
    device: Device,
    state: DeviceState,
    source: LossSource,
    settings: StepSettings,
  ): Promise<TrainStep> {
    const { trained, lengths } = source;
    const { accumulate, recompute } = settings;
    const precision = await precisionOn(device, settings.precision ?? 'float32');
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
      const options = { accumulate: accumulate > 1, recompute, precision };
      gradients.set(length, await compileGradients(device, state, source, length, options));
    }
    return new TrainStep(state, source, { gradients, update, precision }, settings);
  }

  /**
   * Runs step `step` (from 1) on one batch for each micro-batch. A loss or gradients that are not finite change nothing.
   * `lossScale` is what the loss is multiplied by for its gradients, where the precision is float16.
   */
  async run(
    step: number,
    learningRate: number,
    batches: readonly ObjectiveBatch[],
    lossScale = 1,
  ): Promise<StepResult> {
    const { accumulate, seed } = this.#settings;
    let loss = 0;
    let tokens = 0;
    for (const [i, { length, feeds }] of batches.entries()) {
      const results = await this.#gradients.get(length)!.run({
        ...feeds,
        dropoutKey: Int32Array.of(seed, (step - 1) * accumulate + i),
        carry: Float32Array.of(i === 0 ? 0 : 1),
        lossScale: Float32Array.of(lossScale),
      });
      loss += Number(results.loss!.data[0]) / accumulate;
      tokens += feeds.ids!.length;
    }
    if (!Number.isFinite(loss)) return { loss, gradientNorm: NaN, tokens };
    const scale = isScaled(this.precision) ? lossScale : 1;
    const gradientScale = 1 / (accumulate * scale);
    const gradientNorm = await this.#update.run({ step, learningRate, gradientScale });
    if (!Number.isFinite(gradientNorm) && accumulate > 1) await this.#clearGradients();
    return { loss, gradientNorm, tokens };
  }

  /** So that the next step, which begins with zero times what is there, does not begin with NaN. */
  async #clearGradients(): Promise<void> {
    for (const [name, shape] of this.#source.trained)
      await this.#state.write(gradientName(name), allocateHost('float32', shape));
  }
}
