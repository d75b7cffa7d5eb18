import type { Disposable } from './disposable.ts';

/**
 * Does a piece of work again and again, never twice at once: a request ends the work under way, and of those that come
 * before it can begin only the last counts.
 */
export class Latest implements Disposable {
  readonly #work: (signal: AbortSignal) => Promise<void>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #canceller: AbortController | undefined;
  #again = false;

  /** `work` must not throw; once its signal has fired its result is not wanted. */
  constructor(work: (signal: AbortSignal) => Promise<void>) {
    this.#work = work;
  }

  /** Begins after `delay` ms without another request. */
  request(delay: number): void {
    clearTimeout(this.#timer);
    this.#canceller?.abort();
    this.#timer = setTimeout(() => void this.#begin(), delay);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#again = false;
    this.#canceller?.abort();
  }

  async #begin(): Promise<void> {
    if (this.#canceller !== undefined) {
      this.#again = true; // the work under way has been told to end
      return;
    }
    this.#canceller = new AbortController();
    await this.#work(this.#canceller.signal);
    this.#canceller = undefined;
    if (!this.#again) return;
    this.#again = false;
    await this.#begin();
  }
}
