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

/** Where counts are kept between sessions, those of all windows. */
export interface StatisticsStore {
  read(): unknown;
  write(state: unknown): void;
  /** Calls `save` soon, once for all who ask meanwhile. */
  soon(save: () => void): void;
}

/** Times that are kept for the percentiles. */
const TIMES = 500;

/** A suggestion that was gone sooner was not seen. */
const SEEN_MS = 250;

/** Several windows count at a time: each adds what it has counted since it last did to what is kept then. */
export class Statistics {
  readonly #store: StatisticsStore;
  readonly #now: number;
  /** What is not kept yet. */
  #own: StatisticsState;

  constructor(store: StatisticsStore, now: number) {
    this.#store = store;
    this.#now = now;
    this.#own = empty(now);
  }

  get state(): Readonly<StatisticsState> {
    const kept = StatisticsSchema.safeParse(this.#store.read());
    return kept.success ? sum(kept.data, this.#own) : this.#own;
  }

  /** A suggestion came, `ms` after the key: out of memory, or from the model. */
  came(from: 'remembered' | 'computed', ms: number): void {
    this.#add({ [from]: [ms] });
  }

  /** It is gone after `ms`. */
  gone(ms: number, taken: boolean): void {
    if (taken || ms >= SEEN_MS) this.#add({ shown: 1 });
  }

  accepted(text: string): void {
    this.#add({ accepted: 1, characters: text.length });
  }

  acceptedPart(part: string): void {
    this.#add({ parts: 1, characters: part.length });
  }

  lookedAt(after: KeptAfter, kept: boolean): void {
    this.#add({ [`after${after}` as const]: { looked: 1, kept: kept ? 1 : 0 } });
  }

  /** For the user. */
  text(): string {
    const { state } = this;
    const { since, shown, accepted, parts, characters, remembered, computed } = state;
    const lines = [
      `Counted on this machine since ${new Date(since).toLocaleDateString()}; never sent anywhere.`,
      '',
      `Suggestions seen          ${shown}`,
      `Accepted                  ${share(accepted, shown)}`,
      `Words and lines accepted  ${parts}`,
      `Characters accepted       ${characters}`,
      ...KEPT_AFTER.map((after) => {
        const { looked, kept } = state[`after${after}`];
        return `Still there after ${`${after} s`.padEnd(8)}${share(kept, looked)}`;
      }),
      `Key to suggestion         ${percentiles([...remembered, ...computed])}`,
      `  from the model          ${percentiles(computed)}`,
      `  remembered              ${percentiles(remembered)}`,
    ];
    return `${lines.join('\n')}\n`;
  }

  #add(counted: Partial<StatisticsState>): void {
    this.#own = sum(this.#own, { ...empty(this.#now), ...counted });
    this.#store.soon(() => this.#save());
  }

  #save(): void {
    this.#store.write(this.state);
    this.#own = empty(this.#now);
  }
}

function sum(a: StatisticsState, b: StatisticsState): StatisticsState {
  const looks = (name: `after${KeptAfter}`): StatisticsState[typeof name] => ({
    looked: a[name].looked + b[name].looked,
    kept: a[name].kept + b[name].kept,
  });
  return {
    since: Math.min(a.since, b.since),
    shown: a.shown + b.shown,
    accepted: a.accepted + b.accepted,
    parts: a.parts + b.parts,
    characters: a.characters + b.characters,
    after30: looks('after30'),
    after120: looks('after120'),
    remembered: [...a.remembered, ...b.remembered].slice(-TIMES),
    computed: [...a.computed, ...b.computed].slice(-TIMES),
  };
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
