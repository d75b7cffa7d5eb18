/** The runs that are laid over the current one, and what was measured in them. */
import type { RunSummary, Series } from '../protocol/training.ts';
import type { Actions } from './actions.ts';
import type { OverlayRun } from './charts.ts';
import type { Memory } from './page-state.ts';

/** As many as colours and dashes can be told apart, with the current run. */
const MOST_OVERLAID = 5;
const LETTERS = 'BCDEF';
/** Between two questions about a run: one that trains goes on at every look, and its whole series comes each time. */
const INTERVAL_MS = 5000;

/** What is known of a run. */
interface Known {
  /** The run's when it was asked about last. */
  step?: number;
  /** The last that came; it is drawn until a newer one comes. */
  series?: Series;
  asking: boolean;
  askedAt: number;
}

export class Overlay {
  readonly #actions: Pick<Actions, 'series'>;
  readonly #memory: Memory;
  readonly #changed: () => void;
  /** By run folder; of runs that are laid over the current one alone. */
  readonly #known = new Map<string, Known>();
  #later: ReturnType<typeof setTimeout> | undefined;

  constructor(actions: Pick<Actions, 'series'>, memory: Memory, changed: () => void) {
    this.#actions = actions;
    this.#memory = memory;
    this.#changed = changed;
  }

  has(path: string): boolean {
    return this.#memory.value.overlay.includes(path);
  }

  get full(): boolean {
    return this.#memory.value.overlay.length >= MOST_OVERLAID;
  }

  toggle(path: string): void {
    const { overlay } = this.#memory.value;
    if (this.has(path)) this.#memory.change({ overlay: overlay.filter((other) => other !== path) });
    else if (!this.full) this.#memory.change({ overlay: [...overlay, path] });
    this.#changed();
  }

  /** The letter of a run on the chart, if it is there. */
  letter(path: string): string | undefined {
    return LETTERS[this.#memory.value.overlay.indexOf(path)];
  }

  /** Those that are chosen, not the current one, and known by now; the others are asked for. */
  runs(history: readonly RunSummary[], current: string | undefined): OverlayRun[] {
    this.#forget(history);
    return this.#memory.value.overlay.flatMap((path, i) => {
      const run = history.find((each) => each.path === path);
      if (run === undefined || path === current) return [];
      const series = this.#seriesOf(run);
      return series === undefined ? [] : [{ path, series, style: i + 1, tag: LETTERS[i] }];
    });
  }

  /** Runs that were removed leave the overlay, and series that are not on the chart leave the memory. */
  #forget(history: readonly RunSummary[]): void {
    if (history.length === 0) return; // a page can be there before the runs are read
    const { overlay } = this.#memory.value;
    const left = overlay.filter((path) => history.some((run) => run.path === path));
    if (left.length < overlay.length) this.#memory.change({ overlay: left });
    for (const path of this.#known.keys()) if (!left.includes(path)) this.#known.delete(path);
  }

  #seriesOf({ path, step }: RunSummary): Series | undefined {
    const known = this.#known.get(path) ?? { asking: false, askedAt: -Infinity };
    this.#known.set(path, known);
    if (known.step !== step && !known.asking) {
      if (Date.now() - known.askedAt >= INTERVAL_MS) void this.#ask(path, step, known);
      else this.#drawLater();
    }
    return known.series;
  }

  /** The last step of a run is not followed by another drawing. */
  #drawLater(): void {
    if (this.#later !== undefined) return;
    this.#later = setTimeout(() => {
      this.#later = undefined;
      this.#changed();
    }, INTERVAL_MS);
  }

  /** What can not be had is asked for again when the run goes on or is chosen anew: each time the user is told. */
  async #ask(path: string, step: number, known: Known): Promise<void> {
    known.step = step;
    known.asking = true;
    known.askedAt = Date.now();
    const series = await this.#actions.series(path);
    known.asking = false;
    if (series === undefined) return;
    known.series = series;
    this.#changed();
  }
}
