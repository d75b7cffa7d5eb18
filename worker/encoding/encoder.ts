import { setImmediate } from 'node:timers/promises';
import { throwIfCancelled } from '../base/errors.ts';
import { encoderFeeds, type FramedSequence } from '../data/objectives/encoder-batch.ts';
import type { BertConfig } from '../models/bert-config.ts';
import { countParameters } from '../models/layout.ts';
import type { Device } from '../runtime/device.ts';
import type { Program, Results } from '../runtime/program.ts';
import type { DeviceState } from '../runtime/state.ts';
import { type EncoderBatch, encoderBatches } from './batches.ts';
import { asksPositions, encoderProgram, MOST_POSITIONS, type Question } from './programs.ts';

/** A sequence to ask about. */
export interface EncoderInput extends FramedSequence {
  /** Of questions about positions: at most {@link MOST_POSITIONS} of them. */
  readonly positions?: readonly number[];
}

/** What a program answers about one sequence, by output; valid until the next run. */
export type Answers = Readonly<Record<string, Float32Array>>;

export interface RunOptions {
  /** Ends the work between two batches. */
  readonly signal?: AbortSignal | undefined;
}

/** Programs that are kept, one a shape. */
const MOST_PROGRAMS = 32;

/**
 * Rows up to which packed weights pay: at 16 they save a quarter of a BERT-base's time, at 128 a tenth, at 512 nothing; and
 * each program has a copy of its own, which takes seconds to make.
 */
const FEW_ROWS = 128;

/** Memory for packed copies of the weights; further programs read the weights where they lie. */
const PACKED_BYTES = 2 ** 30;

/** An encoder on a device, which answers questions about sequences of any length and number. One caller at a time. */
export class Encoder {
  readonly config: BertConfig;
  readonly #device: Device;
  readonly #state: DeviceState;
  /** By shape; the one used last comes last. */
  readonly #programs = new Map<string, { readonly program: Promise<Program>; readonly packed: boolean }>();

  /** Of a model whose parameters are in `state` and stay as they are. */
  constructor(device: Device, config: BertConfig, state: DeviceState) {
    this.config = config;
    this.#device = device;
    this.#state = state;
  }

  /**
   * Asks a question about each sequence; `read` makes of the answers what is kept of them. The results are in the order of
   * the sequences. Throws `model` for a sequence that is too long, `provider`, `cancelled`.
   */
  async ask<T>(
    question: Question,
    inputs: readonly EncoderInput[],
    read: (answers: Answers, index: number) => T,
    { signal }: RunOptions = {},
  ): Promise<T[]> {
    const results = new Array<T>(inputs.length);
    const lengths = inputs.map(({ ids }) => ids.length);
    for (const batch of encoderBatches(lengths, this.config.context)) {
      await setImmediate(); // a run blocks: a cancel must have its turn
      throwIfCancelled(signal);
      const program = await this.#program(question, batch);
      const answers = await program.run(this.#feeds(question, batch, inputs));
      for (const [row, index] of batch.rows.entries()) {
        results[index] = read(rowOf(answers, row, batch.batch), index);
      }
    }
    return results;
  }

  #feeds(question: Question, { batch, length, rows }: EncoderBatch, inputs: readonly EncoderInput[]) {
    const shape = { batch, context: length };
    const sequences = rows.map((index) => inputs[index]!);
    const feeds = encoderFeeds(sequences, shape, this.config.padId);
    if (!asksPositions(question)) return feeds;
    const positions = new Int32Array(batch * MOST_POSITIONS); // where fewer are asked about, the first token's answer is left
    for (const [row, { positions: asked = [] }] of sequences.entries()) {
      for (const [i, position] of asked.entries())
        positions[row * MOST_POSITIONS + i] = row * length + position;
    }
    return { ...feeds, positions };
  }

  async #program(question: Question, { batch, length }: EncoderBatch): Promise<Program> {
    const key = `${question}-${batch}x${length}`;
    const known = this.#programs.get(key);
    this.#programs.delete(key);
    const entry = known ?? this.#compile(question, batch, length);
    this.#programs.set(key, entry);
    if (this.#programs.size > MOST_PROGRAMS) {
      const [oldest, unused] = this.#programs.entries().next().value!;
      this.#programs.delete(oldest);
      await (await unused.program).dispose();
    }
    try {
      return await entry.program;
    } catch (error) {
      this.#programs.delete(key);
      throw error;
    }
  }

  #compile(
    question: Question,
    batch: number,
    length: number,
  ): { program: Promise<Program>; packed: boolean } {
    const packed = [...this.#programs.values()].filter((entry) => entry.packed).length;
    const bytes = (packed + 1) * countParameters(this.config) * 4;
    const frozen = this.#device.onHost && batch * length <= FEW_ROWS && bytes <= PACKED_BYTES;
    const source = encoderProgram(this.config, { question, batch, length, frozen });
    return { program: this.#device.compile(source, this.#state), packed: frozen };
  }
}

/** The part of each output that is one sequence's. */
function rowOf(results: Results, row: number, batch: number): Answers {
  return Object.fromEntries(
    Object.entries(results).map(([name, { data }]) => {
      const size = data.length / batch;
      return [name, (data as Float32Array).subarray(row * size, (row + 1) * size)];
    }),
  );
}
