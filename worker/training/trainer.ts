import { ClozeError } from '../base/errors.ts';
import type { NamedWeights } from '../models/initialise.ts';
import { putWeight } from '../models/load.ts';
import { isQuantised, stateValues } from '../models/quantised.ts';
import { WeightFile } from '../models/weight-file.ts';
import type { Device } from '../runtime/device.ts';
import type { DeviceState } from '../runtime/state.ts';
import { Evaluation } from './evaluation.ts';
import type { EvaluationResult, Objective, ObjectiveBatch, Scorer } from './objective.ts';
import type { ComputePrecision } from './precision-name.ts';
import type { TrainingSettings } from './settings.ts';
import { type StepResult, TrainStep } from './step.ts';

export interface TrainerInputs {
  readonly device: Device;
  readonly objective: Objective;
  readonly settings: TrainingSettings;
  /** Where a base that is quantised comes from, and the folder in which it is kept while it is needed. */
  readonly base?: { readonly weights: () => Iterable<NamedWeights>; readonly folder: string } | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A model on a device with all that trains it: steps, batches, evaluation. Its weights are set by the caller. */
export class Trainer {
  /** Parameters under their names, moments as optimizer state (update.ts). */
  readonly state: DeviceState;
  readonly inputs: TrainerInputs;
  readonly #step: TrainStep;
  readonly #evaluation: Evaluation;
  readonly #base: WeightFile | undefined;

  private constructor(
    inputs: TrainerInputs,
    state: DeviceState,
    base: WeightFile | undefined,
    programs: { readonly step: TrainStep; readonly evaluation: Evaluation },
  ) {
    this.state = state;
    this.inputs = inputs;
    this.#base = base;
    this.#step = programs.step;
    this.#evaluation = programs.evaluation;
  }

  /** Throws what compiling throws, and of a base that is quantised what reading it does. */
  static async create(inputs: TrainerInputs): Promise<Trainer> {
    const { device, objective, settings } = inputs;
    const state = device.createState();
    const base = quantisedWeights(inputs, state);
    try {
      const step = await TrainStep.create(device, state, objective, settings);
      const evaluation = await Evaluation.compile(device, state, objective);
      return new Trainer(inputs, state, base, { step, evaluation });
    } catch (error) {
      base?.remove();
      throw error;
    }
  }

  /**
   * Sets parameters. Those of the base that an adapter leaves as they are lie in the memory that they came in; those that are
   * quantised are where they are.
   */
  async setWeights(weights: Iterable<NamedWeights>): Promise<void> {
    const { device, objective } = this.inputs;
    for (const weight of weights) {
      if (!isQuantised(weight.name, objective.adapter?.quantised))
        await putWeight(weight, this.state, device);
    }
  }

  /** Releases the state, and what is kept of the base. */
  dispose(): void {
    this.state.dispose();
    this.#base?.remove();
  }

  /** What its steps compute in; evaluation is in float32. */
  get precision(): ComputePrecision {
    return this.#step.precision;
  }

  /** Makes optimizer step `step`, from 1; see {@link TrainStep.run}. */
  async step(step: number, learningRate: number, lossScale?: number): Promise<StepResult> {
    const { objective, settings } = this.inputs;
    const { accumulate } = settings;
    const first = (step - 1) * accumulate;
    const batches = Array.from({ length: accumulate }, (_, i) => objective.at(first + i));
    return this.#step.run(step, learningRate, batches, lossScale);
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

/** Writes the base as codes and scales, if it is quantised; the programs have it baked in. */
function quantisedWeights({ objective, base }: TrainerInputs, state: DeviceState): WeightFile | undefined {
  const { config, adapter } = objective;
  const quantised = adapter?.quantised;
  if (quantised === undefined) return undefined;
  if (base === undefined)
    throw new ClozeError('graph', 'a base that is quantised must be given with its trainer');
  const file = new WeightFile(base.folder);
  try {
    for (const weight of base.weights()) {
      if (!isQuantised(weight.name, quantised)) continue;
      for (const value of stateValues(config, quantised, [weight])) file.add(value, state);
    }
    file.close();
    return file;
  } catch (error) {
    file.remove();
    throw error;
  }
}
