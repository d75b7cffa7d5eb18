/** The plan of the form as it is. */
import { problemOf } from '../../webview/protocol/problem.ts';
import type { Setup } from '../../webview/protocol/training.ts';
import type { PlanRequest } from '../../worker/protocol/plan.ts';
import { hasCode } from '../../worker/protocol/rpc.ts';
import type { CallWorker } from '../worker/worker-process.ts';

type State = Pick<Setup, 'plan' | 'planning' | 'planProblem'>;

export class Planning {
  readonly #call: CallWorker;
  readonly #changed: () => void;
  #state: State = {};
  #canceller: AbortController | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(call: CallWorker, changed: () => void) {
    this.#call = call;
    this.#changed = changed;
  }

  get state(): State {
    return this.#state;
  }

  /** Begins anew; what is known at the end shows in the state. */
  start(request: PlanRequest): void {
    void this.forget();
    const canceller = new AbortController();
    this.#canceller = canceller;
    this.#become({ planning: { phase: 'starting', done: 0 } });
    this.#ended = this.#plan(request, canceller.signal);
  }

  /** Drops the plan, and ends one that is being made; resolves once the worker is free of it. */
  async forget(): Promise<void> {
    this.#canceller?.abort();
    this.#canceller = undefined;
    if (Object.keys(this.#state).length > 0) this.#become({});
    await this.#ended;
  }

  async #plan(request: PlanRequest, signal: AbortSignal): Promise<void> {
    const tell = (state: State): void => {
      if (!signal.aborted) this.#become(state);
    };
    try {
      const plan = await this.#call('plan', request, {
        signal,
        onEvent: ({ progress }) => tell({ planning: progress }),
      });
      tell({ plan });
    } catch (error) {
      tell(hasCode(error, 'cancelled') ? {} : { planProblem: problemOf(error) });
    }
  }

  #become(state: State): void {
    this.#state = state;
    this.#changed();
  }
}
