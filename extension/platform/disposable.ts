/** What lives as long as its owner. */
export interface Disposable {
  dispose(): unknown;
}

/** Disposes what was added, the last first. What is added after the end is disposed at once. */
export class Disposables implements Disposable {
  readonly #held: Disposable[] = [];
  #ended = false;

  add<T extends Disposable>(disposable: T): T {
    if (this.#ended) disposable.dispose();
    else this.#held.push(disposable);
    return disposable;
  }

  dispose(): void {
    this.#ended = true;
    for (const held of this.#held.splice(0).reverse()) held.dispose();
  }
}
