import { setTimeout as sleep } from 'node:timers/promises';
import { RemoteError } from '../../worker/protocol/rpc.ts';
import { cpuTime } from './cpu-time.ts';
import { HangWatch, WATCH_TIMES, type WatchTimes } from './hang-watch.ts';
import { Restarts } from './restarts.ts';
import { WorkerGone } from './worker-gone.ts';
import { type CallWorker, type Ending, type WorkerOptions, WorkerProcess } from './worker-process.ts';

/** 'off': it starts when it is needed. 'failed': it has died too often, and starts only when the user says so. */
export type WorkerState = 'off' | 'starting' | 'ready' | 'failed';

/** An end that nobody asked for. */
export interface Crash {
  /** Such as "the trainer process ended with SIGKILL". */
  readonly message: string;
  /** Whether it starts again when it is needed. */
  readonly willRestart: boolean;
}

export interface SupervisorOptions {
  /** Asked at each start. */
  readonly worker: () => WorkerOptions;
  /** How many deaths in ten minutes may be followed by another start. */
  readonly restarts: () => number;
  readonly onState: (state: WorkerState) => void;
  /** Hears of the first crash in ten minutes, and of the one after which there is no other start. */
  readonly onCrash: (crash: Crash) => void;
  readonly watchTimes?: WatchTimes | undefined;
  /** How long a process may take to end by itself, in ms. */
  readonly grace?: number | undefined;
}

/** More than a worker takes for its own end, with the checkpoint of a run. */
const GRACE = 65_000;

/** One role's process: started when it is needed, watched while it works, and started again after a crash. */
export class WorkerSupervisor {
  readonly #options: SupervisorOptions;
  readonly #restarts = new Restarts();
  #state: WorkerState = 'off';
  /** From fork to exit. */
  #process: WorkerProcess | undefined;
  /** The process once it has said hello, from when it is needed until its exit. */
  #ready: Promise<WorkerProcess> | undefined;
  #watch: HangWatch | undefined;
  #calls = 0;
  #hurry = new AbortController();
  #isDisposed = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  get state(): WorkerState {
    return this.#state;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /**
   * Starts the process if there is none. Throws {@link WorkerGone} if it can not be started or ends before the answer,
   * and what the worker throws.
   */
  readonly call: CallWorker = async (name, params, options) => {
    const worker = await unlessAborted(this.#started(), options?.signal);
    this.#calls++;
    this.#watch?.start();
    try {
      return await worker.call(name, params, options);
    } finally {
      if (--this.#calls === 0) this.#watch?.stop();
    }
  };

  /**
   * Starts at once, as if it had never died. A process that is there is asked to end first, with the checkpoint of its
   * run; one that neither answers nor computes is killed.
   */
  async restart(): Promise<void> {
    this.#restarts.reset();
    this.#hurry.abort();
    const worker = this.#process;
    if (worker !== undefined) {
      const isAlive = (await worker.answers(this.#watchTimes.every)) || (await this.#computes(worker));
      await worker.end(isAlive ? this.#grace : 0);
    }
    await this.#started();
  }

  /** Ends the process, and starts no other. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    this.#hurry.abort();
    await this.#process?.end(this.#grace);
  }

  get #grace(): number {
    return this.#options.grace ?? GRACE;
  }

  get #watchTimes(): WatchTimes {
    return this.#options.watchTimes ?? WATCH_TIMES;
  }

  #started(): Promise<WorkerProcess> {
    if (this.#ready !== undefined) return this.#ready;
    const ready = this.#start();
    this.#ready = ready;
    ready.catch(() => {
      if (this.#ready === ready) this.#ready = undefined;
    });
    return ready;
  }

  async #start(): Promise<WorkerProcess> {
    await this.#backOff();
    const worker = new WorkerProcess(this.#options.worker());
    this.#process = worker;
    void worker.ended.then((ending) => this.#onEnd(ending));
    try {
      await worker.ready;
    } catch (error) {
      await worker.ended; // so that the next start knows of it
      throw error;
    }
    this.#watch = this.#watchOver(worker);
    this.#change('ready');
    return worker;
  }

  /** Waits as long as the last deaths ask for. Throws where there is to be no start. */
  async #backOff(): Promise<void> {
    if (this.#restarts.hasGivenUp) {
      throw new WorkerGone('the process has died too often', 'look at the log, then restart it');
    }
    this.#change('starting');
    this.#hurry = new AbortController();
    const { signal } = this.#hurry;
    await sleep(this.#restarts.delay(performance.now()), undefined, { signal }).catch(() => undefined);
    if (!this.#isDisposed) return;
    this.#change('off');
    throw new WorkerGone('the window is closing');
  }

  /** Whether a process that does not answer is inside a long step. */
  async #computes(worker: WorkerProcess): Promise<boolean> {
    const before = await cpuTime(worker.pid!);
    await sleep(this.#watchTimes.every / 10);
    const after = await cpuTime(worker.pid!);
    return before === undefined || after === undefined || after > before;
  }

  #watchOver(worker: WorkerProcess): HangWatch {
    const times = this.#watchTimes;
    const watched = {
      ping: () => worker.call('ping', {}),
      get lastHeard() {
        return worker.lastHeard;
      },
      cpuTime: () => cpuTime(worker.pid!),
    };
    return new HangWatch(watched, times, () =>
      worker.kill(`hangs: no answer and no CPU time used for ${times.patience / 1000} s`),
    );
  }

  #onEnd({ message, isWanted }: Ending): void {
    this.#watch?.stop();
    this.#watch = undefined;
    this.#process = undefined;
    this.#ready = undefined;
    const isFirst = !isWanted && this.#restarts.died(performance.now(), this.#options.restarts());
    const { hasGivenUp } = this.#restarts;
    this.#change(hasGivenUp ? 'failed' : 'off');
    if (!isWanted && (isFirst || hasGivenUp)) this.#options.onCrash({ message, willRestart: !hasGivenUp });
  }

  #change(state: WorkerState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onState(state);
  }
}

/** Stops waiting when the signal fires. Throws `cancelled`. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new RemoteError('cancelled', { code: 'cancelled' }));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
