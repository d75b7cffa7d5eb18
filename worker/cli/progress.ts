import { MultiBar } from 'cli-progress';
import { formatSeconds } from './format.ts';

/** How far something is, on stderr. End it before the command ends. */
export interface Progress {
  /** `done` of `total` (undefined while it is not known); `text` is what is worth saying beside it. */
  update(done: number, total: number | undefined, text: string): void;
  /** A line that stays. */
  note(line: string): void;
  end(): void;
}

/** Between two plain lines. */
const LINE_INTERVAL_MS = 5000;

/** The bar has what the text leaves of the terminal's columns, within these bounds. */
const SHORTEST_BAR = 8;
const LONGEST_BAR = 24;
const TEXT_COLUMNS = 72;

/** A bar where stderr is a terminal, else a line every few seconds. */
export function showProgress(label: string): Progress {
  return process.stderr.isTTY ? new Bar(label) : new Lines(label);
}

interface PhaseUpdate {
  readonly phase: string;
  readonly done: number;
  readonly total?: number | undefined;
  /** What is worth saying beside it. */
  readonly text?: string;
}

/** Shows work that goes through phases, a bar each. End it before the command ends. */
export class PhaseProgress {
  #phase: string | undefined;
  #progress: Progress | undefined;

  update({ phase, done, total, text = '' }: PhaseUpdate): void {
    if (phase !== this.#phase) {
      this.end();
      this.#progress = showProgress(phase);
      this.#phase = phase;
    }
    this.#progress?.update(done, total, text);
  }

  /** A line that stays. */
  note(line: string): void {
    if (this.#progress === undefined) process.stderr.write(`${line}\n`);
    else this.#progress.note(line);
  }

  end(): void {
    this.#progress?.end();
    this.#progress = undefined;
    this.#phase = undefined;
  }
}

class Lines implements Progress {
  readonly #label: string;
  readonly #clock = new Clock();
  #last = performance.now();

  constructor(label: string) {
    this.#label = label;
  }

  update(done: number, total: number | undefined, text: string): void {
    const left = this.#clock.left(done, total);
    if (performance.now() - this.#last < LINE_INTERVAL_MS) return;
    this.#last = performance.now();
    this.note([`${this.#label}${share(done, total)}`, text, left].filter((part) => part !== '').join('  '));
  }

  note(line: string): void {
    process.stderr.write(`${line}\n`);
  }

  end(): void {
    // every line stands for itself
  }
}

class Bar implements Progress {
  readonly #bars: MultiBar;
  readonly #clock = new Clock();
  #bar: ReturnType<MultiBar['create']> | undefined;
  readonly #label: string;
  /** A process that ends under a bar must still give the terminal its cursor and line wrapping back. */
  readonly #onExit = (): void => this.#bars.stop();

  constructor(label: string) {
    this.#label = label;
    this.#bars = new MultiBar({
      stream: process.stderr,
      format: '{label} {bar} {percentage}%  {text}  {left}',
      barsize: Math.min(LONGEST_BAR, Math.max(SHORTEST_BAR, process.stderr.columns - TEXT_COLUMNS)),
      barCompleteChar: '█',
      barIncompleteChar: '░',
      hideCursor: true,
      gracefulExit: false, // Ctrl-C is the command's
      linewrap: false,
      fps: 10,
      emptyOnZero: true,
    });
    process.once('exit', this.#onExit);
  }

  update(done: number, total: number | undefined, text: string): void {
    const left = this.#clock.left(done, total);
    const payload = { label: this.#label, text, left };
    this.#bar ??= this.#bars.create(total ?? 0, 0, payload);
    this.#bar.setTotal(total ?? 0);
    this.#bar.update(done, payload);
  }

  note(line: string): void {
    this.#bars.log(`${line}\n`);
  }

  end(): void {
    process.off('exit', this.#onExit);
    this.#bars.stop();
  }
}

/** Reckons the time that is left from the pace so far. */
class Clock {
  #start: { readonly time: number; readonly done: number } | undefined;

  /** '12s left', or '' before there is a pace. */
  left(done: number, total: number | undefined): string {
    this.#start ??= { time: performance.now(), done };
    const worked = done - this.#start.done;
    if (total === undefined || worked <= 0 || done >= total) return '';
    const seconds = (performance.now() - this.#start.time) / 1000;
    return `${formatSeconds((seconds / worked) * (total - done))} left`;
  }
}

function share(done: number, total: number | undefined): string {
  return total === undefined || total === 0 ? '' : ` ${Math.floor((100 * done) / total)}%`;
}
