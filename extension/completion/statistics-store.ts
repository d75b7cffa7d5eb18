import type * as vscode from 'vscode';
import type { StatisticsStore } from './statistics.ts';

const KEY = 'completion.statistics';

/** Counts change with each suggestion; they are written this often. */
const EVERY_MS = 5000;

/** Keeps the counts in VS Code's storage for this user and machine. */
export class KeptStatistics implements StatisticsStore, vscode.Disposable {
  readonly #memento: vscode.Memento;
  #latest: unknown;
  #timer: NodeJS.Timeout | undefined;

  constructor(memento: vscode.Memento) {
    this.#memento = memento;
  }

  read(): unknown {
    return this.#memento.get(KEY);
  }

  write(state: unknown): void {
    this.#latest = state;
    this.#timer ??= setTimeout(() => this.#save(), EVERY_MS);
  }

  dispose(): void {
    if (this.#timer !== undefined) this.#save();
  }

  #save(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    void this.#memento.update(KEY, this.#latest);
  }
}
