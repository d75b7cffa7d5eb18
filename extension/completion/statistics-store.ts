import type * as vscode from 'vscode';
import type { StatisticsStore } from './statistics.ts';

const KEY = 'completion.statistics';

/** Counts change with each suggestion; they are written this often. */
const EVERY_MS = 5000;

/** Keeps the counts in VS Code's storage for this user and machine, which the windows share. */
export class KeptStatistics implements StatisticsStore, vscode.Disposable {
  readonly #memento: vscode.Memento;
  #pending: { readonly save: () => void; readonly timer: NodeJS.Timeout } | undefined;

  constructor(memento: vscode.Memento) {
    this.#memento = memento;
  }

  read(): unknown {
    return this.#memento.get(KEY);
  }

  write(state: unknown): void {
    void this.#memento.update(KEY, state);
  }

  soon(save: () => void): void {
    this.#pending ??= { save, timer: setTimeout(() => this.#flush(), EVERY_MS) };
  }

  /** Saves what there is to save. */
  dispose(): void {
    this.#flush();
  }

  #flush(): void {
    clearTimeout(this.#pending?.timer);
    this.#pending?.save();
    this.#pending = undefined;
  }
}
