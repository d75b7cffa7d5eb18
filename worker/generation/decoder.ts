/** A model that remembers what it has read: tokens, and their keys and values on the device. */
import { setImmediate } from 'node:timers/promises';
import { ClozeError, throwIfCancelled } from '../base/errors.ts';
import type { GptConfig } from '../models/config.ts';
import type { Adapter } from '../models/lora.ts';
import { FREE } from '../graph/open-sizes.ts';
import { decodeFeeds, decodeProgram, decodeStates } from '../models/decode.ts';
import type { Quantised } from '../nn/quantised.ts';
import type { Device } from '../runtime/device.ts';
import type { Program } from '../runtime/program.ts';
import type { DeviceState } from '../runtime/state.ts';
import { HOST_RUN, nextRunLength, pickedRows, runLengths, SHORT_RUN } from './run-lengths.ts';

export interface DecoderOptions {
  /** Positions that the cache holds; default and at most the model's context. */
  readonly capacity?: number;
  /**
   * Whether the parameters stay as they are (default). Then they are baked in, packed, on `cpu`. Otherwise they are read
   * where they lie, and after each change to them the cache must be cleared.
   */
  readonly frozen?: boolean;
  /** Of the model, where it has one that is not merged into it. */
  readonly adapter?: Adapter | undefined;
  /** Which of the parameters are quantised. */
  readonly quantised?: Quantised | undefined;
}

/** What all programs of a decoder have in common. */
interface Fixed extends Pick<DecoderOptions, 'adapter' | 'quantised'> {
  readonly frozen: boolean;
}

export interface Prefill {
  /** Of the last token, [V]; valid until the next run. */
  readonly logits: Float32Array;
  /** Tokens that were in the cache already. */
  readonly reused: number;
}

export class Decoder {
  readonly config: GptConfig;
  readonly capacity: number;
  readonly #device: Device;
  readonly #state: DeviceState;
  readonly #options: Fixed;
  readonly #programs = new Map<number, Promise<Program>>();
  readonly #tokens: number[] = [];

  private constructor(
    device: Device,
    config: GptConfig,
    state: DeviceState,
    capacity: number,
    options: Fixed,
  ) {
    this.config = config;
    this.capacity = capacity;
    this.#device = device;
    this.#state = state;
    this.#options = options;
  }

  /** Makes the cache for a model whose parameters are in `parameters`. A GPU state serves one decoder at a time. */
  static async create(
    device: Device,
    config: GptConfig,
    parameters: DeviceState,
    { capacity = config.context, frozen = true, adapter, quantised }: DecoderOptions = {},
  ): Promise<Decoder> {
    if (capacity < 1 || capacity > config.context) {
      throw new ClozeError(
        'model',
        `a cache of ${capacity} positions: expected 1 to the context, ${config.context}`,
      );
    }
    const state = await decodeStates(device, config, parameters, capacity, { adapter, quantised });
    return new Decoder(device, config, state, capacity, { frozen, adapter, quantised });
  }

  /** The tokens in the cache. */
  get tokens(): readonly number[] {
    return this.#tokens;
  }

  /** Positions that are free. */
  get room(): number {
    return this.capacity - this.#tokens.length;
  }

  /** Forgets the tokens from position `length` on. */
  crop(length: number): void {
    this.#tokens.length = Math.min(length, this.#tokens.length);
  }

  /**
   * Makes the cache hold exactly `tokens`, running only what follows the longest prefix that it holds already, and
   * at least the last token.
   */
  async prefill(tokens: ArrayLike<number>, signal?: AbortSignal): Promise<Prefill> {
    const reused = Math.min(commonPrefix(this.#tokens, tokens), Math.max(0, tokens.length - 1));
    this.crop(reused);
    return { logits: await this.append(Array.prototype.slice.call(tokens, reused), signal), reused };
  }

  /**
   * Reads further tokens, at least one, and gives the logits of the last, [V], valid until the next run. The event
   * loop gets a turn before each run. Throws `model` where there are more tokens than room or one that the
   * vocabulary lacks, `cancelled` once the signal has fired; what has been read by then stays in the cache.
   */
  async append(tokens: ArrayLike<number>, signal?: AbortSignal): Promise<Float32Array> {
    this.#check(tokens);
    let logits: Float32Array | undefined;
    for (let done = 0; done < tokens.length;) {
      await setImmediate();
      throwIfCancelled(signal);
      const length = this.#runLength(tokens.length - done);
      const part = Array.prototype.slice.call(tokens, done, done + length) as number[];
      [logits] = await this.#run(part, length, [part.length - 1]);
      done += part.length;
    }
    return logits!;
  }

  /** How many tokens {@link score} takes at once now: 1 where more would not be cheap. */
  get scorable(): number {
    const { frozen, quantised } = this.#options;
    const isCheap = frozen && quantised === undefined; // a quantised product costs twice as much for four rows
    return isCheap && this.room >= SHORT_RUN ? SHORT_RUN : Math.min(1, this.room);
  }

  /** How many tokens {@link score} takes at once now, cheap or not. */
  get together(): number {
    if (this.#device.onHost) return Math.min(HOST_RUN, this.room);
    return this.room >= SHORT_RUN ? SHORT_RUN : Math.min(1, this.room);
  }

  /**
   * Reads up to {@link together} further tokens in one run; up to {@link scorable}, that costs little more than reading one. Gives
   * the logits of each, [V], valid until the next run. Otherwise as {@link append}.
   */
  async score(tokens: readonly number[], signal?: AbortSignal): Promise<Float32Array[]> {
    this.#check(tokens);
    await setImmediate();
    throwIfCancelled(signal);
    const length = this.#device.onHost || tokens.length === 1 ? tokens.length : SHORT_RUN;
    return this.#run(
      tokens,
      length,
      tokens.map((_, i) => i),
    );
  }

  /** Compiles every program. */
  async compile(): Promise<void> {
    for (const length of this.#lengths()) await this.#program(length);
  }

  /** Compiles and runs every program once, so that no later run waits for that. Clears the cache. */
  async warmUp(): Promise<void> {
    for (const length of this.#lengths()) {
      await setImmediate();
      this.crop(0);
      await this.#run([0], length, [0]);
    }
    this.crop(0);
  }

  /** Releases the programs and the cache. */
  async dispose(): Promise<void> {
    // the cache first: on a GPU it is the output of a program, and must not outlive it
    for (const name of this.#state.names) if (name.startsWith('cache/')) this.#state.delete(name);
    for (const program of this.#programs.values()) await (await program).dispose();
    this.#programs.clear();
  }

  #lengths(): number[] {
    return this.#device.onHost ? [1] : runLengths(this.capacity);
  }

  #runLength(count: number): number {
    return this.#device.onHost ? Math.min(count, HOST_RUN) : nextRunLength(count, this.room);
  }

  /** Runs `length` rows, the first ones with these tokens, and gives the logits of the rows that are picked. */
  async #run(tokens: readonly number[], length: number, picked: readonly number[]): Promise<Float32Array[]> {
    const program = await this.#program(length);
    // a program of fixed length gives as many rows as it was made for
    const rows = this.#device.onHost
      ? picked
      : Array.from({ length: pickedRows(length) }, (_, i) => picked[i] ?? 0);
    const results = await program.run(decodeFeeds(tokens, this.#tokens.length, length, rows));
    this.#tokens.push(...tokens);
    const logits = results.logits!.data as Float32Array;
    const { vocab } = this.config;
    return picked.map((_, i) => logits.subarray(i * vocab, (i + 1) * vocab));
  }

  /** On the host there is one, which runs any number of rows: weights that are baked in are there once. */
  #program(length: number): Promise<Program> {
    const { onHost } = this.#device;
    const key = onHost ? FREE.rows : length;
    let program = this.#programs.get(key);
    if (program === undefined) {
      const { adapter, quantised, frozen } = this.#options;
      const source = decodeProgram(this.config, {
        length: key,
        picked: onHost ? FREE.picked : pickedRows(length),
        capacity: this.capacity,
        frozen: frozen && onHost,
        adapter,
        quantised,
      });
      program = this.#device.compile(source, this.#state);
      this.#programs.set(key, program);
      program.catch(() => this.#programs.delete(key)); // the next run compiles it anew
    }
    return program;
  }

  #check(tokens: ArrayLike<number>): void {
    const { vocab } = this.config;
    const foreign = Array.prototype.find.call(tokens, (id: number) => !(id >= 0 && id < vocab)) as
      number | undefined;
    if (foreign !== undefined) {
      throw new ClozeError(
        'model',
        `token ${foreign}: expected an id below the model's vocabulary of ${vocab}`,
        {
          hint: 'the tokenizer and the model must belong together',
        },
      );
    }
    if (tokens.length === 0 || tokens.length > this.room) {
      throw new ClozeError(
        'model',
        `${tokens.length} tokens: expected 1 to ${this.room}, the free positions`,
      );
    }
  }
}

function commonPrefix(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}
