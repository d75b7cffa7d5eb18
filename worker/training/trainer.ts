import type { FimOptions } from '../data/fim.ts';
import { BatchSource } from '../data/batches.ts';
import type { TokenSequence } from '../data/token-file.ts';
import type { GptConfig } from '../models/config.ts';
import { parameterShapes } from '../models/layout.ts';
import type { Device } from '../runtime/device.ts';
import type { DeviceState } from '../runtime/state.ts';
import { Evaluation } from './evaluation.ts';
import type { EvaluationResult } from './loop.ts';
import type { TrainingSettings } from './settings.ts';
import { type StepResult, TrainStep } from './step.ts';

export interface TrainerInputs {
  readonly device: Device;
  readonly config: GptConfig;
  readonly settings: TrainingSettings;
  readonly train: TokenSequence;
  readonly validation: TokenSequence;
  readonly fim?: FimOptions | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A model on a device with all that trains it: steps, batches, evaluation. Its weights are set by the caller. */
export class Trainer {
  /** Parameters under their names, moments as optimizer state (update.ts). */
  readonly state: DeviceState;
  readonly inputs: TrainerInputs;
  readonly #step: TrainStep;
  readonly #batches: BatchSource;
  readonly #evaluation: Evaluation;

  private constructor(
    inputs: TrainerInputs,
    state: DeviceState,
    step: TrainStep,
    batches: BatchSource,
    evaluation: Evaluation,
  ) {
    this.state = state;
    this.inputs = inputs;
    this.#step = step;
    this.#batches = batches;
    this.#evaluation = evaluation;
  }

  /** Throws `data` if the data is shorter than a batch, and what compiling throws. */
  static async create(inputs: TrainerInputs): Promise<Trainer> {
    const { device, config, settings, train, fim } = inputs;
    const { batch, context, seed, order } = settings;
    const batches = new BatchSource(train, {
      batch,
      context,
      seed,
      order,
      ...(fim === undefined ? {} : { fim }),
    });
    const state = device.createState();
    const step = await TrainStep.create(device, state, config, { ...settings, length: context });
    const evaluation = await Evaluation.compile(device, state, config, { batch, context });
    return new Trainer(inputs, state, step, batches, evaluation);
  }

  /** Sets every parameter. */
  async setWeights(weights: Iterable<{ name: string; data: Float32Array }>): Promise<void> {
    const shapes = parameterShapes(this.inputs.config);
    for (const { name, data } of weights) {
      await this.state.write(name, { dtype: 'float32', shape: shapes.get(name)!, data });
    }
  }

  /** Makes optimizer step `step`, from 1. */
  step(step: number, learningRate: number): Promise<StepResult> {
    const { accumulate } = this.inputs.settings;
    const first = (step - 1) * accumulate;
    const batches = Array.from({ length: accumulate }, (_, i) => this.#batches.at(first + i));
    return this.#step.run(step, learningRate, batches);
  }

  evaluate(interrupted: () => boolean): Promise<EvaluationResult | undefined> {
    const { validation, settings, signal } = this.inputs;
    return this.#evaluation.run(validation, { batches: settings.evalBatches, interrupted, signal });
  }
}
