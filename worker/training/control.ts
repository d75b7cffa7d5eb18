import { setImmediate } from 'node:timers/promises';
import { throwIfCancelled } from '../base/errors.ts';

/**
 * What the outside may ask of a run; served between two steps. Cancelling is the AbortSignal's: the run ends as it
 * is, and its last checkpoint stays.
 */
export class RunControl {
  readonly signal: AbortSignal | undefined;
  #paused = false;
  #stopping = false;
  #saving = false;
  #wake: () => void = () => undefined;

  constructor(signal?: AbortSignal) {
    this.signal = signal;
    signal?.addEventListener('abort', () => this.#wake(), { once: true });
  }

  /** Holds the run before its next step. */
  pause(): void {
    this.#paused = true;
  }

  /** Lets a paused run go on. */
  unpause(): void {
    this.#paused = false;
    this.#wake();
  }

  /** Writes a checkpoint and ends the run. */
  stop(): void {
    this.#stopping = true;
    this.#wake();
  }

  /** Writes a checkpoint now, also of a paused run. */
  save(): void {
    this.#saving = true;
    this.#wake();
  }

  get paused(): boolean {
    return this.#paused && !this.#stopping;
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /** Whether a checkpoint was asked for since the last call. */
  takeSave(): boolean {
    const saving = this.#saving;
    this.#saving = false;
    return saving;
  }

  /** Lets requests come in. Throws `cancelled`. */
  async breathe(): Promise<void> {
    await setImmediate();
    throwIfCancelled(this.signal);
  }

  /** Waits until a request changes something. Throws `cancelled`. */
  async change(): Promise<void> {
    // a timer keeps the process alive while nothing but a request can end the wait
    const alive = setInterval(() => undefined, 1 << 30);
    try {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (this.signal?.aborted === true || this.#saving || !this.paused) resolve();
      });
    } finally {
      clearInterval(alive);
    }
    throwIfCancelled(this.signal);
  }
}
