/** Has the worker train one run at a time. */
import type { TrainEvent } from '../../worker/protocol/events.ts';
import { hasCode } from '../../worker/protocol/rpc.ts';
import type { ResumeRequest, TrainRequest } from '../../worker/protocol/train.ts';
import { WorkerGone } from '../worker/worker-gone.ts';
import type { CallWorker } from '../worker/worker-process.ts';
import type { LiveRun } from './live-run.ts';
import { refusal } from '../platform/problem.ts';
import type { Addition } from './series.ts';

/** How the worker's part ended. 'gone': its process did. */
export type Ending =
  { readonly how: 'done' | 'cancelled' } | { readonly how: 'gone' | 'failed'; readonly error: unknown };

export type Control = 'pause' | 'unpause' | 'stop' | 'save';

export interface DriverListener {
  /** Resolves when the worker is free of what would be in the way. */
  ready(): Promise<void>;
  /** Hears of each event, with what it adds to the series, and of what changes without one. */
  changed(run: LiveRun, event?: TrainEvent, addition?: Addition): void;
}

export class RunDriver {
  readonly #call: CallWorker;
  readonly #listener: DriverListener;
  #run: LiveRun | undefined;
  #canceller = new AbortController();

  constructor(call: CallWorker, listener: DriverListener) {
    this.#call = call;
    this.#listener = listener;
  }

  /** The run under way. */
  get run(): LiveRun | undefined {
    return this.#run;
  }

  /** Throws `usage` if there is a run under way. */
  requireIdle(): void {
    if (this.#run === undefined) return;
    throw refusal(
      `the run ${this.#run.summary.name} is being trained`,
      'stop it first, or wait until it ends',
    );
  }

  /** Trains to the run's end. Never throws but for {@link requireIdle}. */
  train(run: LiveRun, request: TrainRequest): Promise<Ending> {
    return this.#follow(run, (options) => this.#call('train', request, options));
  }

  resume(run: LiveRun, request: ResumeRequest): Promise<Ending> {
    return this.#follow(run, (options) => this.#call('resume', request, options));
  }

  /** Throws `usage` if there is no run, and what the worker throws. */
  async control(action: Control): Promise<void> {
    const run = this.#run;
    if (run === undefined) throw refusal('nothing is being trained');
    if (action === 'stop') {
      const isPreparing = run.status === 'preparing';
      run.stopping();
      this.#listener.changed(run);
      // before its first step there is nothing to keep
      if (isPreparing) {
        this.#canceller.abort();
        return;
      }
    }
    const isHeard = await this.#call('control', { action });
    // a stop that comes too late is none; of the rest the user must know
    if (isHeard || action === 'stop' || this.#run !== run) return;
    throw refusal(`the run ${run.summary.name} is not at the worker at this moment`, 'try again in a moment');
  }

  async #follow(
    run: LiveRun,
    call: (options: { signal: AbortSignal; onEvent: (event: TrainEvent) => void }) => Promise<unknown>,
  ): Promise<Ending> {
    this.requireIdle();
    this.#run = run;
    this.#canceller = new AbortController();
    const { signal } = this.#canceller;
    try {
      await this.#listener.ready();
      await call({ signal, onEvent: (event) => this.#listener.changed(run, event, run.take(event)) });
      return { how: 'done' };
    } catch (error) {
      if (hasCode(error, 'cancelled')) return { how: 'cancelled' };
      return { how: error instanceof WorkerGone ? 'gone' : 'failed', error };
    } finally {
      this.#run = undefined;
    }
  }
}
