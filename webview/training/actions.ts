/** What the user asks of the host, and what comes of it when it can not be. */
import { type Client, hasCode } from '../../worker/protocol/rpc.ts';
import type { ObjectiveName } from '../protocol/objectives.ts';
import { type Problem, problemOf } from '../protocol/problem.ts';
import type { Series, TRAINING_VIEW_METHODS, TrainingForm } from '../protocol/training.ts';

type Name = Exclude<
  keyof typeof TRAINING_VIEW_METHODS,
  'watch' | 'setForm' | 'setObjective' | 'series' | 'control'
>;
type NameOfRun = 'resume' | 'show' | 'useForCompletion' | 'openFolder' | 'remove' | 'showAdapter';

/** Hears what becomes of actions. */
export interface ActionsListener {
  /** The user asks for something: what was said of the last thing is past. */
  readonly begun: () => void;
  readonly failed: (problem: Problem) => void;
  readonly saved: () => void;
}

export class Actions {
  readonly #client: Pick<Client<typeof TRAINING_VIEW_METHODS>, 'call'>;
  readonly #listener: ActionsListener;

  constructor(client: Pick<Client<typeof TRAINING_VIEW_METHODS>, 'call'>, listener: ActionsListener) {
    this.#client = client;
    this.#listener = listener;
  }

  /** What concerns no certain run. */
  ask(name: Exclude<Name, NameOfRun>): void {
    this.#listener.begun();
    void this.#told(this.#client.call(name, {}));
  }

  /** What concerns one run. */
  askOf(name: NameOfRun, path: string): void {
    this.#listener.begun();
    void this.#told(this.#client.call(name, { path }));
  }

  control(action: 'pause' | 'unpause' | 'stop' | 'save'): void {
    this.#listener.begun();
    void this.#told(
      this.#client.call('control', { action }).then(() => {
        if (action === 'save') this.#listener.saved();
      }),
    );
  }

  /** Whether the host has it. */
  async setForm(form: TrainingForm): Promise<boolean> {
    return (await this.#told(this.#client.call('setForm', form))) !== undefined;
  }

  /** Asks for the form of another objective. */
  async setObjective(objective: ObjectiveName): Promise<void> {
    await this.#told(this.#client.call('setObjective', { objective }));
  }

  /** None where it can not be had. */
  async series(path: string): Promise<Series | undefined> {
    return this.#told(this.#client.call('series', { path }));
  }

  async #told<T>(call: Promise<T>): Promise<T | undefined> {
    try {
      return await call;
    } catch (error) {
      if (!hasCode(error, 'cancelled')) this.#listener.failed(problemOf(error));
      return undefined;
    }
  }
}
