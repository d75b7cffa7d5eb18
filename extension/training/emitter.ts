import type { Disposable } from '../platform/disposable.ts';

/** Tells listeners of something; as VS Code's, for code that runs without it. */
export class Emitter<T> {
  readonly #listeners = new Set<(value: T) => void>();

  readonly event = (listener: (value: T) => void): Disposable => {
    const own = (value: T): void => listener(value); // the same function may listen twice
    this.#listeners.add(own);
    return { dispose: () => this.#listeners.delete(own) };
  };

  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }
}
