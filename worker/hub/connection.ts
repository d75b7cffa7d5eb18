/** Requests to a Hub: with the token where it belongs, again where that may help, and in the user's words where not. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ClozeError, throwIfCancelled } from '../base/errors.ts';
import { refusal, unreachable } from './refusals.ts';
import type { HubAccess, Repository } from './repository.ts';

/** How long to bear with a Hub. Times in ms. */
export interface Patience {
  /** Tries in a row that bring nothing. */
  readonly tries: number;
  /** Before the second try; it doubles with each. */
  readonly firstWait: number;
  /** The longest Retry-After to wait for. */
  readonly longestWait: number;
  /** Without an answer or a byte of one. */
  readonly silence: number;
}

const PATIENCE: Patience = { tries: 4, firstWait: 1000, longestWait: 120_000, silence: 60_000 };

export interface ConnectionOptions {
  readonly signal?: AbortSignal | undefined;
  readonly patience?: Patience | undefined;
  /** Hears how long, in ms, the next try waits, and why. */
  readonly onWait?: ((wait: number, why: string) => void) | undefined;
}

/** Answers after which the same request may have another. */
const PASSING = [408, 429, 500, 502, 503, 504];

export class HubConnection {
  readonly access: HubAccess;
  readonly repository: Repository;
  readonly patience: Patience;
  readonly signal: AbortSignal | undefined;
  readonly #onWait: ConnectionOptions['onWait'];

  constructor(access: HubAccess, repository: Repository, options: ConnectionOptions = {}) {
    this.access = access;
    this.repository = repository;
    this.patience = options.patience ?? PATIENCE;
    this.signal = options.signal;
    this.#onWait = options.onWait;
  }

  /** Where a file of the repository is at a commit. */
  urlOf(commit: string, path: string): string {
    return `${this.access.endpoint}/${this.repository.name}/resolve/${commit}/${encodeURIComponent(path)}`;
  }

  /**
   * An answer of the 200s, or one that `accept` lists. Throws `credentials`, `hub`, `cancelled`. Of the header fields a
   * token goes to the Hub alone: on a redirect to another host fetch leaves it out.
   */
  async request(
    url: string,
    what: string,
    init: RequestInit = {},
    accept: readonly number[] = [],
  ): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt === this.patience.tries;
      let response: Response;
      try {
        response = await this.#once(url, init);
      } catch (error) {
        throwIfCancelled(this.signal);
        if (isLast) throw unreachable(this.access.endpoint, error);
        await this.pause(attempt, 'no answer');
        continue;
      }
      if (response.ok || accept.includes(response.status)) return response;
      await response.body?.cancel();
      const wait = retryAfter(response);
      const isPassing = PASSING.includes(response.status) && (wait ?? 0) <= this.patience.longestWait;
      if (isLast || !isPassing) throw this.#refused(response, what, wait);
      await this.pause(attempt, `answer ${response.status}`, wait);
    }
  }

  /** As `fetch`, for the library, which reads the answer at once. */
  readonly fetch: typeof fetch = (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    return this.request(url, 'a question about the files', init);
  };

  /** Waits before another try. Throws `cancelled`. */
  async pause(attempt: number, why: string, asked?: number): Promise<void> {
    const wait = asked ?? this.patience.firstWait * 2 ** (attempt - 1);
    this.#onWait?.(wait, why);
    try {
      await sleep(wait, undefined, this.signal === undefined ? {} : { signal: this.signal });
    } catch {
      throw new ClozeError('cancelled', 'cancelled');
    }
  }

  async #once(url: string, init: RequestInit): Promise<Response> {
    throwIfCancelled(this.signal);
    const { endpoint, token } = this.access;
    const headers = new Headers(init.headers);
    const isHub = new URL(url).origin === new URL(endpoint).origin;
    if (token !== undefined && isHub) headers.set('authorization', `Bearer ${token}`);
    headers.set('user-agent', 'cloze');
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(new Error('no answer in time')), this.patience.silence);
    const signals = [this.signal, init.signal, silence.signal].filter(
      (signal) => signal instanceof AbortSignal,
    );
    try {
      return await fetch(url, { ...init, headers, signal: AbortSignal.any(signals) });
    } finally {
      clearTimeout(timer);
    }
  }

  #refused(response: Response, what: string, wait: number | undefined): ClozeError {
    const { longestWait } = this.patience;
    if (response.status !== 429 || wait === undefined || wait <= longestWait) {
      return refusal(response, this.access, this.repository, what);
    }
    return new ClozeError('hub', `${this.access.endpoint} asks to wait ${Math.ceil(wait / 1000)} s (429)`, {
      hint: 'try again after that: what has come is kept; with a token the Hub allows more',
      details: { wait, endpoint: this.access.endpoint },
    });
  }
}

/** Retry-After in ms: seconds, or a date (RFC 9110, 10.2.3). */
function retryAfter(response: Response): number | undefined {
  const value = response.headers.get('retry-after');
  if (value === null) return undefined;
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}
