/** When a process that died may be started again. */

/** Waits after the first, second, ... death within the window, in ms. */
const DELAYS = [500, 2000, 8000, 30_000];

const WINDOW = 10 * 60_000;

export class Restarts {
  #deaths: number[] = [];
  #hasGivenUp = false;

  get hasGivenUp(): boolean {
    return this.#hasGivenUp;
  }

  /** Notes a death at `now`, in ms; gives up where there were more than `limit` in ten minutes. Whether it is the first of them. */
  died(now: number, limit: number): boolean {
    this.#deaths = [...this.#deaths.filter((time) => now - time < WINDOW), now];
    if (this.#deaths.length > limit) this.#hasGivenUp = true;
    return this.#deaths.length === 1;
  }

  /** How long to wait from `now` until the next start, in ms. */
  delay(now: number): number {
    const last = this.#deaths.at(-1);
    if (last === undefined) return 0;
    const wait = DELAYS[Math.min(this.#deaths.length, DELAYS.length) - 1]!;
    return Math.max(0, last + wait - now);
  }

  /** Forgets all deaths. */
  reset(): void {
    this.#deaths = [];
    this.#hasGivenUp = false;
  }
}
