/** The runs that are laid over the current one, and what was measured in them. */
import type { RunSummary, Series } from '../protocol/training.ts';
import type { Actions } from './actions.ts';
import type { OverlayRun } from './charts.ts';
import type { Memory } from './page-state.ts';

/** As many as colours and dashes can be told apart, with the current run. */
export const MOST_OVERLAID = 5;
const LETTERS = 'BCDEF';

export class Overlay {
  readonly #actions: Actions;
  readonly #memory: Memory;
  readonly #changed: () => void;
  /** By run folder and step: a run that went on is asked for again. */
  readonly #series = new Map<string, Series | 'asked'>();

  constructor(actions: Actions, memory: Memory, changed: () => void) {
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
    return this.#memory.value.overlay.flatMap((path, i) => {
      const run = history.find((each) => each.path === path);
      if (run === undefined || path === current) return [];
      const series = this.#seriesOf(run);
      return series === undefined ? [] : [{ path, series, style: i + 1, tag: LETTERS[i] }];
    });
  }

  #seriesOf({ path, step }: RunSummary): Series | undefined {
    const key = `${path}\n${step}`;
    const known = this.#series.get(key);
    if (known === undefined) {
      this.#series.set(key, 'asked');
      void this.#ask(path, key);
    }
    return known === 'asked' ? undefined : known;
  }

  async #ask(path: string, key: string): Promise<void> {
    const series = await this.#actions.series(path);
    if (series === undefined) return;
    this.#series.set(key, series);
    this.#changed();
  }
}
