import type { NamedWeights } from '../models/initialise.ts';
import { putWeight } from '../models/load.ts';
import type { Device } from '../runtime/device.ts';
import type { DeviceState } from '../runtime/state.ts';
import { Evaluation } from './evaluation.ts';
import type { EvaluationResult, Objective, ObjectiveBatch, Scorer } from './objective.ts';
import type { TrainingSettings } from './settings.ts';
import { type StepResult, TrainStep } from './step.ts';

export interface TrainerInputs {
  readonly device: Device;
  readonly objective: Objective;
  readonly settings: TrainingSettings;
  readonly signal?: AbortSignal | undefined;
}

/** A model on a device with all that trains it: steps, batches, evaluation. Its weights are set by the caller. */
export class Trainer {
  /** Parameters under their names, moments as optimizer state (update.ts). */
  readonly state: DeviceState;
  readonly inputs: TrainerInputs;
  readonly #step: TrainStep;
  readonly #evaluation: Evaluation;

  private constructor(inputs: TrainerInputs, state: DeviceState, step: TrainStep, evaluation: Evaluation) {
    this.state = state;
    this.inputs = inputs;
    this.#step = step;
    this.#evaluation = evaluation;
  }

  /** Throws what compiling throws. */
  static async create(inputs: TrainerInputs): Promise<Trainer> {
    const { device, objective, settings } = inputs;
    const state = device.createState();
    const step = await TrainStep.create(device, state, objective, settings);
    const evaluation = await Evaluation.compile(device, state, objective);
    return new Trainer(inputs, state, step, evaluation);
  }

  /** Sets parameters. Those of the base that an adapter leaves as they are lie in the memory that they came in. */
  async setWeights(weights: Iterable<NamedWeights>): Promise<void> {
    for (const weight of weights) await putWeight(weight, this.state, this.inputs.device);
  }

  /** Makes optimizer step `step`, from 1. */
  async step(step: number, learningRate: number): Promise<StepResult> {
    const { objective, settings } = this.inputs;
    const { accumulate } = settings;
    const first = (step - 1) * accumulate;
    const batches = Array.from({ length: accumulate }, (_, i) => objective.at(first + i));
    return this.#step.run(step, learningRate, batches);
  }

  evaluate(interrupted: () => boolean): Promise<EvaluationResult | undefined> {
    const { objective, settings, signal } = this.inputs;
    const batches = objective.evaluation(settings.evalBatches);
    return this.#evaluation.run(batches, objective.scorer(), { interrupted, signal });
  }

  /** Has a scorer see batches of other data. Throws `cancelled`. */
  async score(batches: Iterable<ObjectiveBatch>, scorer: Scorer): Promise<void> {
    await this.#evaluation.run(batches, scorer, { signal: this.inputs.signal });
  }
}
