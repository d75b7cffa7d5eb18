import { ClozeError } from '../base/errors.ts';
import { Random } from '../base/random.ts';
import type { FimOptions } from './fim.ts';
import { applyFim } from './fim.ts';
import { permute } from './permutation.ts';
import type { TokenSequence } from './token-file.ts';

/** Token ids of shape [B, T]. `targets[b, t]` follows `inputs[b, t]`; -1 marks a position that is not predicted. */
export interface Batch {
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
}

export interface BatchOptions {
  /** B, windows in a batch. */
  readonly batch: number;
  /** T, tokens in a window. */
  readonly context: number;
  readonly seed: number;
  /**
   * 'random' (default): windows begin anywhere, with replacement, as nanoGPT's. 'packed': epochs over windows
   * that do not overlap, in a new order each epoch.
   */
  readonly order?: 'random' | 'packed';
  readonly fim?: FimOptions;
}

/** Random numbers set aside for one window: more than fill-in-the-middle can draw from T tokens. */
const DRAWS_PER_TOKEN = 8;

/**
 * Training batches over a token sequence. A batch is a pure function of the options and its step, so training resumes
 * at any step. Throws `data` if the sequence is shorter than one batch.
 */
export class BatchSource {
  readonly #tokens: TokenSequence;
  readonly #options: BatchOptions;

  constructor(tokens: TokenSequence, options: BatchOptions) {
    const { batch, context } = options;
    const needed = batch * context + 1;
    if (tokens.length < needed) {
      throw new ClozeError(
        'data',
        `the training data has ${tokens.length} tokens, and one batch needs ${needed} (batch ${batch} x context ${context} + 1)`,
        {
          hint: 'take a shorter context, a smaller batch or more data',
          details: { tokens: tokens.length, needed, batch, context },
        },
      );
    }
    this.#tokens = tokens;
    this.#options = options;
  }

  /** The batch of a step, from 0 on. */
  at(step: number): Batch {
    const { batch, context, order = 'random', fim, seed } = this.#options;
    const inputs = new Int32Array(batch * context);
    const targets = new Int32Array(batch * context);
    const window = new Int32Array(context + 1);
    for (let row = 0; row < batch; row++) {
      const sample = step * batch + row;
      const start = order === 'random' ? this.#randomStart(sample) : this.#packedStart(sample);
      this.#tokens.read(start, window.length, window);
      if (fim !== undefined && fim.rate > 0) {
        const counter = sample * DRAWS_PER_TOKEN * window.length;
        applyFim(window, start, this.#tokens, fim, new Random(seed, 'batches/fim', counter));
      }
      inputs.set(window.subarray(0, context), row * context);
      targets.set(window.subarray(1), row * context);
    }
    return { inputs, targets };
  }

  #randomStart(sample: number): number {
    return new Random(this.#options.seed, 'batches/start', sample * 2).integer(
      this.#tokens.length - this.#options.context,
    );
  }

  /** Each epoch shifts the grid of windows, so that the tokens that are left at the end differ. */
  #packedStart(sample: number): number {
    const { context, seed } = this.#options;
    const windows = Math.floor((this.#tokens.length - 1) / context);
    const epoch = Math.floor(sample / windows);
    const spare = (this.#tokens.length - 1) % context;
    const random = new Random(seed, 'batches/epoch', epoch * 3);
    const shift = random.integer(spare + 1);
    return shift + context * permute(sample % windows, windows, random.uint32());
  }
}
