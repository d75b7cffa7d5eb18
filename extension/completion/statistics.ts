/** Counts of what was suggested and taken. They stay on this machine. */
import * as z from 'zod';
import { KEPT_AFTER, type KeptAfter } from './retention.ts';

const count = z.int().nonnegative();
const times = z.array(z.number().nonnegative());
const looks = z.object({ looked: count, kept: count });

const StatisticsSchema = z.object({
  /** When counting began, as Date.now() says it. */
  since: z.number(),
  shown: count,
  accepted: count,
  /** Words and lines that were accepted. */
  parts: count,
  /** UTF-16 units accepted. */
  characters: count,
  /** Accepted text that was looked at some seconds later, and what of it was there. */
  after30: looks,
  after120: looks,
  /** Milliseconds from key to suggestion, the last ones. */
  remembered: times,
  computed: times,
});

type StatisticsState = z.output<typeof StatisticsSchema>;

/** Where counts are kept between sessions. */
export interface StatisticsStore {
  read(): unknown;
  write(state: unknown): void;
}

/** Times that are kept for the percentiles. */
const TIMES = 500;

/** A suggestion that was gone sooner was not seen. */
const SEEN_MS = 250;

export class Statistics {
  readonly #store: StatisticsStore;
  #state: StatisticsState;

  constructor(store: StatisticsStore, now: number) {
    this.#store = store;
    const kept = StatisticsSchema.safeParse(store.read());
    this.#state = kept.success ? kept.data : empty(now);
  }

  get state(): Readonly<StatisticsState> {
    return this.#state;
  }

  /** A suggestion came, `ms` after the key: out of memory, or from the model. */
  came(from: 'remembered' | 'computed', ms: number): void {
    this.#set({ [from]: [...this.#state[from], ms].slice(-TIMES) });
  }

  /** It is gone after `ms`. */
  gone(ms: number, taken: boolean): void {
    if (taken || ms >= SEEN_MS) this.#set({ shown: this.#state.shown + 1 });
  }

  accepted(text: string): void {
    this.#set({ accepted: this.#state.accepted + 1, characters: this.#state.characters + text.length });
  }

  acceptedPart(part: string): void {
    this.#set({ parts: this.#state.parts + 1, characters: this.#state.characters + part.length });
  }

  lookedAt(after: KeptAfter, kept: boolean): void {
    const name = `after${after}` as const;
    const before = this.#state[name];
    this.#set({ [name]: { looked: before.looked + 1, kept: before.kept + (kept ? 1 : 0) } });
  }

  reset(now: number): void {
    this.#set(empty(now));
  }

  /** For the user. */
  text(): string {
    const { since, shown, accepted, parts, characters, remembered, computed } = this.#state;
    const lines = [
      `Counted on this machine since ${new Date(since).toLocaleDateString()}; never sent anywhere.`,
      '',
      `Suggestions seen          ${shown}`,
      `Accepted                  ${share(accepted, shown)}`,
      `Words and lines accepted  ${parts}`,
      `Characters accepted       ${characters}`,
      ...KEPT_AFTER.map((after) => {
        const { looked, kept } = this.#state[`after${after}`];
        return `Still there after ${`${after} s`.padEnd(8)}${share(kept, looked)}`;
      }),
      `Key to suggestion         ${percentiles([...remembered, ...computed])}`,
      `  from the model          ${percentiles(computed)}`,
      `  remembered              ${percentiles(remembered)}`,
    ];
    return `${lines.join('\n')}\n`;
  }

  #set(change: Partial<StatisticsState>): void {
    this.#state = { ...this.#state, ...change };
    this.#store.write(this.#state);
  }
}

function empty(now: number): StatisticsState {
  const none = { looked: 0, kept: 0 };
  return {
    since: now,
    shown: 0,
    accepted: 0,
    parts: 0,
    characters: 0,
    after30: none,
    after120: none,
    remembered: [],
    computed: [],
  };
}

function share(part: number, whole: number): string {
  return whole === 0 ? `${part}` : `${part} of ${whole} (${Math.round((100 * part) / whole)} %)`;
}

function percentiles(values: readonly number[]): string {
  if (values.length === 0) return 'none yet';
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): string => sorted[Math.ceil(share * sorted.length) - 1]!.toFixed(0);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms (${values.length})`;
}
