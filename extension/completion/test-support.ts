/** A clock, a worker and an editor that do only what a test says. */
import type { CompleteRequest, Completion } from '../../worker/protocol/generation.ts';
import type { Clock } from './clock.ts';
import { Decisions } from './decisions.ts';
import type { Edit } from './edits.ts';
import { snapshotAt } from './snapshot.ts';
import type { Ask, Suggester, Suggestion } from './suggester.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: (slept: boolean) => void;
}

/** Stands still until it is told to go on. */
export class FakeClock implements Clock {
  #now = 0;
  #sleepers: Sleeper[] = [];

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve(false);
        return;
      }
      const sleeper: Sleeper = { at: this.#now + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter((each) => each !== sleeper);
        resolve(false);
      });
    });
  }

  /** Goes on by some ms, and lets everything run that they wake. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (;;) {
      const next = this.#sleepers.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.#now = Math.max(this.#now, next.at);
      this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== next);
      next.wake(true);
      await settled();
    }
    this.#now = end;
  }
}

/** Resolves when all promises that can settle have. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What the worker gives, as far as a test does not say otherwise. */
export function completion(change: Partial<Completion>): Completion {
  return {
    text: '',
    replace: 0,
    reason: 'end',
    promptTokens: 20,
    reused: 10,
    prefillMs: 1,
    totalMs: 2,
    tokens: 3,
    runs: 3,
    cut: false,
    ...change,
  };
}

/** A worker that answers after some ms, unless it is cancelled before. */
export class FakeWorker {
  readonly requests: CompleteRequest[] = [];
  cancelled = 0;
  ms = 20;
  answer: (request: CompleteRequest) => Partial<Completion> = () => ({ nothing: 'blank' });
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly complete = async (request: CompleteRequest, signal: AbortSignal): Promise<Completion> => {
    this.requests.push(request);
    if (await this.#clock.sleep(this.ms, signal)) return completion(this.answer(request));
    this.cancelled++;
    return completion({ reason: 'cancelled', nothing: 'cancelled' });
  };
}

/** A document with its cursor, in an editor that asks after each edit, as VS Code does: 50 ms later, if there is no other. */
export class FakeEditor {
  text: string;
  cursor: number;
  shown: Suggestion | undefined;
  readonly decisions: Decisions;
  readonly #suggester: Suggester;
  readonly #clock: FakeClock;
  readonly #change: Partial<Ask>;
  #asking = new AbortController();

  constructor(
    suggester: Suggester,
    clock: FakeClock,
    { text = '', ...change }: Partial<Ask> & { text?: string } = {},
  ) {
    this.#suggester = suggester;
    this.#clock = clock;
    this.#change = change;
    this.decisions = new Decisions(clock);
    const [before = '', after = ''] = text.split('|');
    this.cursor = before.length;
    this.text = before + after;
  }

  /** Types a text, a key each `gap` ms. */
  async type(text: string, gap = 120): Promise<void> {
    for (const key of text) {
      this.put(key);
      await this.#clock.advance(gap);
    }
  }

  /** Deletes before the cursor. */
  delete(count: number): void {
    this.#edit({ offset: this.cursor - count, length: count, text: '' });
  }

  /** One edit at the cursor, such as that of a key, with a closer behind it where the editor adds one. */
  put(text: string, closer = '', replace = 0): void {
    this.#edit({ offset: this.cursor, length: replace, text: text + closer });
    this.cursor -= closer.length;
  }

  /** Takes what is shown. */
  accept(): void {
    const { text, replace } = this.shown!;
    this.put(text, '', replace);
  }

  /** Asks by hand. */
  invoke(): Promise<void> {
    return this.#ask(false);
  }

  ask(automatic: boolean, keyAt = this.#clock.now()): Ask {
    return {
      model: 'model',
      snapshot: snapshotAt('file:///a.ts', this.cursor, (from, to) => this.text.slice(from, to)),
      automatic,
      keyAt,
      options: {
        eol: '\n',
        indent: '  ',
        lines: 'auto',
        fim: true,
        weights: undefined,
        maxTokens: 48,
        budgetMs: 600,
        neighbours: () => [],
      },
      delay: null,
      prefetch: false,
      ...this.#change,
    };
  }

  #edit(edit: Edit): void {
    this.text = this.text.slice(0, edit.offset) + edit.text + this.text.slice(edit.offset + edit.length);
    this.cursor = edit.offset + edit.text.length;
    this.#suggester.key();
    this.#suggester.edit('file:///a.ts', edit);
    void this.#ask(true);
  }

  async #ask(automatic: boolean): Promise<void> {
    this.#asking.abort();
    const asking = new AbortController();
    this.#asking = asking;
    this.shown = undefined;
    const keyAt = this.#clock.now();
    if (automatic && !(await this.#clock.sleep(50, asking.signal))) return;
    const suggestion = await this.#suggester.suggest(
      this.ask(automatic, keyAt),
      this.decisions.begin('a.ts:1:1', automatic),
      asking.signal,
    );
    if (!asking.signal.aborted) this.shown = suggestion;
  }
}
