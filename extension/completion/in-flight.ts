/** One request at a time: the latest wins. */

interface Flight<Request, Result> {
  readonly request: Request;
  readonly canceller: AbortController;
  readonly result: Promise<Result>;
  /** Callers that still want the result. */
  wanted: number;
}

/**
 * Sends requests to something that can work on one of them. A request that differs from the one under way cancels it; one
 * that is the same joins it. It is cancelled, too, when nobody wants it any more.
 */
export class InFlight<Request, Result> {
  readonly #send: (request: Request, signal: AbortSignal) => Promise<Result>;
  readonly #same: (a: Request, b: Request) => boolean;
  #flight: Flight<Request, Result> | undefined;

  constructor(
    send: (request: Request, signal: AbortSignal) => Promise<Result>,
    same: (a: Request, b: Request) => boolean,
  ) {
    this.#send = send;
    this.#same = same;
  }

  get busy(): boolean {
    return this.#flight !== undefined;
  }

  /** Whether this request is under way. */
  has(request: Request): boolean {
    return this.#flight?.canceller.signal.aborted === false && this.#same(this.#flight.request, request);
  }

  cancel(): void {
    this.#flight?.canceller.abort();
  }

  /** Undefined where the signal fired first, or another request came. Throws what sending throws. */
  async run(request: Request, signal: AbortSignal): Promise<Result | undefined> {
    if (signal.aborted) return undefined;
    const flight = this.#join(request) ?? this.#start(request);
    flight.wanted++;
    const leave = (): void => {
      if (--flight.wanted === 0) flight.canceller.abort();
    };
    signal.addEventListener('abort', leave, { once: true });
    try {
      const result = await flight.result;
      return flight.canceller.signal.aborted ? undefined : result;
    } catch (error) {
      if (flight.canceller.signal.aborted) return undefined;
      throw error;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  #join(request: Request): Flight<Request, Result> | undefined {
    const flight = this.#flight;
    if (flight === undefined || flight.canceller.signal.aborted) return undefined;
    if (this.#same(flight.request, request)) return flight;
    flight.canceller.abort();
    return undefined;
  }

  #start(request: Request): Flight<Request, Result> {
    const canceller = new AbortController();
    const result = this.#send(request, canceller.signal).finally(() => {
      if (this.#flight === flight) this.#flight = undefined;
    });
    const flight: Flight<Request, Result> = { request, canceller, result, wanted: 0 };
    this.#flight = flight;
    return flight;
  }
}
