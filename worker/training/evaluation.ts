import { setImmediate } from 'node:timers/promises';
import { throwIfCancelled } from '../base/errors.ts';
import { evaluationBatches } from '../data/evaluation.ts';
import type { TokenSequence } from '../data/token-file.ts';
import type { GptConfig } from '../models/config.ts';
import { sequenceModel, tokenLoss } from '../models/sequence.ts';
import type { Device } from '../runtime/device.ts';
import type { Program } from '../runtime/program.ts';
import type { DeviceState } from '../runtime/state.ts';
import type { EvaluationResult } from './loop.ts';

export interface EvaluationOptions {
  /** How many batches, spread evenly over the tokens; 0 (default) is all of them. */
  readonly batches?: number;
  /** Asked between batches; once true, the evaluation is given up. */
  readonly interrupted?: () => boolean;
  readonly signal?: AbortSignal | undefined;
  /** Tokens so far, and of how many. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** The forward pass of a model, without dropout, over the parameters in a state. */
export class Evaluation {
  readonly #program: Program;
  readonly #shape: { readonly batch: number; readonly context: number };

  private constructor(program: Program, shape: { batch: number; context: number }) {
    this.#program = program;
    this.#shape = shape;
  }

  /** `batch` B sequences of `context` T tokens at once. */
  static async compile(
    device: Device,
    state: DeviceState,
    config: GptConfig,
    shape: { batch: number; context: number },
  ): Promise<Evaluation> {
    const model = sequenceModel(config, shape.batch, shape.context, false);
    const { total, count } = tokenLoss(model);
    const program = await device.compile({ name: 'evaluate', outputs: { total, count } }, state);
    return new Evaluation(program, shape);
  }

  /** Mean cross-entropy of the tokens in nats, or undefined if interrupted. Throws `cancelled`. */
  async run(tokens: TokenSequence, options: EvaluationOptions = {}): Promise<EvaluationResult | undefined> {
    const { batches = 0, interrupted, signal, onProgress } = options;
    const { batch, context } = this.#shape;
    const expected = Math.min(tokens.length - 1, batches === 0 ? Infinity : batches * batch * context);
    let sum = 0;
    let counted = 0;
    for (const { inputs, targets } of evaluationBatches(tokens, {
      ...this.#shape,
      ...(batches === 0 ? {} : { batches }),
    })) {
      await setImmediate();
      throwIfCancelled(signal);
      if (interrupted?.() === true) return undefined;
      const { total, count } = await this.#program.run({ ids: inputs, targets });
      sum += Number(total!.data[0]);
      counted += Number(count!.data[0]);
      onProgress?.(counted, expected);
    }
    return { loss: sum / counted, tokens: counted };
  }
}
