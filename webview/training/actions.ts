/** What the user asks of the host, and what comes of it when it can not be. */
import { type Client, hasCode, RemoteError } from '../../worker/protocol/rpc.ts';
import type { Problem } from '../protocol/problem.ts';
import type { Series, TRAINING_VIEW_METHODS, TrainingForm } from '../protocol/training.ts';

type Name = Exclude<keyof typeof TRAINING_VIEW_METHODS, 'watch' | 'setForm' | 'series' | 'control'>;
type NameOfRun = 'resume' | 'show' | 'useForCompletion' | 'openFolder' | 'remove';

export class Actions {
  readonly #client: Client<typeof TRAINING_VIEW_METHODS>;
  readonly #report: (problem: Problem) => void;

  constructor(client: Client<typeof TRAINING_VIEW_METHODS>, report: (problem: Problem) => void) {
    this.#client = client;
    this.#report = report;
  }

  /** What concerns no certain run. */
  ask(name: Exclude<Name, NameOfRun>): void {
    void this.#told(this.#client.call(name, {}));
  }

  /** What concerns one run. */
  askOf(name: NameOfRun, path: string): void {
    void this.#told(this.#client.call(name, { path }));
  }

  control(action: 'pause' | 'unpause' | 'stop' | 'save'): void {
    void this.#told(this.#client.call('control', { action }));
  }

  async setForm(form: TrainingForm): Promise<void> {
    await this.#told(this.#client.call('setForm', form));
  }

  /** None where it can not be had. */
  async series(path: string): Promise<Series | undefined> {
    return this.#told(this.#client.call('series', { path }));
  }

  async #told<T>(call: Promise<T>): Promise<T | undefined> {
    try {
      return await call;
    } catch (error) {
      if (!hasCode(error, 'cancelled')) this.#report(problemOf(error));
      return undefined;
    }
  }
}

export function problemOf(error: unknown): Problem {
  if (error instanceof RemoteError) return { message: error.message, hint: error.hint };
  return { message: error instanceof Error ? error.message : String(error) };
}
