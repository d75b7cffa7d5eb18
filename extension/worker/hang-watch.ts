/**
 * Tells a process that hangs from one that is inside a long step: one run of a model blocks its event loop for as long
 * as it takes, and nothing is answered meanwhile. Only who is silent and uses no CPU time either hangs.
 */
export interface Watched {
  /** Resolves when the process answers. */
  ping(): Promise<unknown>;
  /** When it last sent anything. */
  readonly lastHeard: number;
  /** CPU time that it has used so far, in ms; undefined where that can not be told: then it is never said to hang. */
  cpuTime(): Promise<number | undefined>;
}

export interface WatchTimes {
  /** Between two looks, in ms. */
  readonly every: number;
  /** How long without any sign of life is a hang, in ms. */
  readonly patience: number;
}

export const WATCH_TIMES: WatchTimes = { every: 10_000, patience: 60_000 };

export class HangWatch {
  readonly #watched: Watched;
  readonly #times: WatchTimes;
  readonly #onHang: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isAsked = false;
  #heard = 0;
  #cpu: number | undefined;
  #stillFor = 0;

  constructor(watched: Watched, times: WatchTimes, onHang: () => void) {
    this.#watched = watched;
    this.#times = times;
    this.#onHang = onHang;
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#heard = this.#watched.lastHeard;
    this.#moved(undefined);
    this.#ask();
    this.#timer = setInterval(() => void this.#look(), this.#times.every);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    const { lastHeard } = this.#watched;
    if (lastHeard !== this.#heard) {
      this.#heard = lastHeard;
      this.#moved(undefined);
    } else {
      const cpu = await this.#watched.cpuTime();
      if (cpu === undefined || cpu !== this.#cpu) this.#moved(cpu);
      else this.#stillFor += this.#times.every;
    }
    if (this.#timer === undefined) return; // stopped meanwhile
    if (this.#stillFor >= this.#times.patience) {
      this.stop();
      this.#onHang();
    } else {
      this.#ask();
    }
  }

  #moved(cpu: number | undefined): void {
    this.#cpu = cpu;
    this.#stillFor = 0;
  }

  /** One question at a time: its answer shows in `lastHeard`. */
  #ask(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    const answered = (): boolean => (this.#isAsked = false);
    this.#watched.ping().then(answered, answered);
  }
}
