/** The model that completes: opened once, for all who need it. */
import type { Clock } from './clock.ts';

/** 'off': none is chosen, or it has not been needed yet. */
export type ModelState = 'off' | 'loading' | 'ready' | 'failed';

export interface ModelSessionOptions {
  readonly clock: Clock;
  /** Opens the model of a folder and warms it up. */
  readonly open: (folder: string, signal: AbortSignal) => Promise<void>;
  readonly onChange: () => void;
}

/** A model that can not be opened is tried again after this time, or when the user asks. */
const RETRY_MS = 30_000;

/**
 * Opens the chosen model on first need. However long that takes, it takes place once: all who wait share it, a request that
 * is cancelled does not end it, and no time limit of a completion counts it.
 */
export class ModelSession {
  readonly #options: ModelSessionOptions;
  #folder: string | undefined;
  #state: ModelState = 'off';
  #opening: { readonly result: Promise<void>; readonly canceller: AbortController } | undefined;
  #problem: { readonly error: unknown; readonly at: number } | undefined;

  constructor(options: ModelSessionOptions) {
    this.#options = options;
  }

  get folder(): string | undefined {
    return this.#folder;
  }

  get state(): ModelState {
    return this.#state;
  }

  /** Why the state is 'failed'. */
  get problem(): unknown {
    return this.#problem?.error;
  }

  /**
   * Takes another model, or the same one anew; undefined: none. Returns whether it is likely to be needed soon: it is another
   * one, or it was in use.
   */
  choose(folder: string | undefined): boolean {
    const isOther = folder !== this.#folder;
    const wasInUse = this.#state === 'ready' || this.#state === 'loading';
    this.#folder = folder;
    this.close();
    return folder !== undefined && (isOther || wasInUse);
  }

  /** The process that had it open has gone. Who waits for it to open hears of that by the answer. */
  lost(): void {
    if (this.#state === 'ready') this.close();
  }

  /** A process has started in its place: what could not be opened in the last one is tried again when it is needed. */
  found(): void {
    if (this.#state === 'failed') this.close();
  }

  /** Forgets that it is open. */
  close(): void {
    this.#opening?.canceller.abort();
    this.#opening = undefined;
    this.#problem = undefined;
    this.#become('off');
  }

  /**
   * Resolves when the model of the chosen folder, which there must be, is open. Throws what opening throws; for a while after a
   * failure the same error at once, unless `insist`.
   */
  ready(insist = false): Promise<void> {
    const isTooEarly = (this.#problem?.at ?? -Infinity) + RETRY_MS > this.#options.clock.now();
    if (this.#state === 'failed' && (insist || !isTooEarly)) this.close();
    this.#opening ??= this.#open(this.#folder!);
    return this.#opening.result;
  }

  #open(folder: string): { result: Promise<void>; canceller: AbortController } {
    const { clock, open } = this.#options;
    const canceller = new AbortController();
    const settle = (state: ModelState, error?: unknown): void => {
      if (canceller.signal.aborted) return;
      this.#problem = state === 'failed' ? { error, at: clock.now() } : undefined;
      this.#become(state);
    };
    this.#become('loading');
    const result = open(folder, canceller.signal);
    result.then(
      () => settle('ready'),
      (error: unknown) => settle('failed', error),
    );
    return { result, canceller };
  }

  #become(state: ModelState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onChange();
  }
}
