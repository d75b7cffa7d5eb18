import type { Point } from '../../webview/protocol/training.ts';

/** Pages hear of steps at most four times a second. */
const INTERVAL = 250;

/** Gathers what comes fast, and hands it on in batches. */
export class Outbox {
  readonly #send: (points: readonly Point[]) => void;
  #points: Point[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (points: readonly Point[]) => void) {
    this.#send = send;
  }

  /** Takes a point, or only the news that something has changed. */
  add(point?: Point): void {
    if (point !== undefined) this.#points.push(point);
    this.#timer ??= setTimeout(() => this.flush(), INTERVAL);
  }

  /** Hands on what there is. */
  flush(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#send(this.#points.splice(0));
  }

  /** Drops what there is. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#points = [];
  }
}
