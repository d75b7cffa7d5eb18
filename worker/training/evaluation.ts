import { setImmediate } from 'node:timers/promises';
import { throwIfCancelled } from '../base/errors.ts';
import type { Device } from '../runtime/device.ts';
import type { Program } from '../runtime/program.ts';
import type { DeviceState } from '../runtime/state.ts';
import type { EvaluationResult, LossSource, ObjectiveBatch, Scorer } from './objective.ts';

export interface EvaluationOptions {
  /** Asked between batches; once true, the evaluation is given up. */
  readonly interrupted?: () => boolean;
  readonly signal?: AbortSignal | undefined;
  /** Batches so far. */
  readonly onProgress?: (done: number) => void;
}

/** The forward pass of a model, without dropout, over the parameters in a state. */
export class Evaluation {
  /** By the length of their sequences. */
  readonly #programs: ReadonlyMap<number, Program>;

  private constructor(programs: ReadonlyMap<number, Program>) {
    this.#programs = programs;
  }

  static async compile(device: Device, state: DeviceState, source: LossSource): Promise<Evaluation> {
    const programs = new Map<number, Program>();
    for (const length of source.lengths) {
      const { scores } = source.lossGraph(length, false);
      programs.set(length, await device.compile({ name: `evaluate-${length}`, outputs: scores }, state));
    }
    return new Evaluation(programs);
  }

  /** What the scorer makes of the batches, or undefined if interrupted. Throws `cancelled`. */
  async run(
    batches: Iterable<ObjectiveBatch>,
    scorer: Scorer,
    options: EvaluationOptions = {},
  ): Promise<EvaluationResult | undefined> {
    const { interrupted, signal, onProgress } = options;
    let done = 0;
    for (const batch of batches) {
      await setImmediate();
      throwIfCancelled(signal);
      if (interrupted?.() === true) return undefined;
      scorer.add(await this.#programs.get(batch.length)!.run(batch.feeds), batch);
      onProgress?.(++done);
    }
    return scorer.result();
  }
}
