/** The run that the worker of this window trains: all that its events have told. */
import type { CurrentRun, RunStatus, RunSummary } from '../../webview/protocol/training.ts';
import { bestOf, type RunEvent, type TrainEvent } from '../../worker/protocol/events.ts';
import { precisionNote } from './precision.ts';
import { type Addition, SeriesRecorder } from './series.ts';

type Head = Omit<CurrentRun, 'series'>;

export class LiveRun {
  #summary: RunSummary;
  #progress: CurrentRun['progress'];
  #problem: CurrentRun['problem'];
  #notes: readonly string[] = [];
  #recorder = new SeriesRecorder();
  #savedStep: number | undefined;

  /** `summary` as far as it is known before the first event; `past`: the events of a run that is resumed. */
  constructor(summary: RunSummary, past: readonly RunEvent[] = [], savedStep?: number) {
    this.#summary = { ...summary, status: 'preparing' };
    this.#savedStep = savedStep;
    for (const event of past) this.#recorder.add(event);
  }

  get path(): string {
    return this.#summary.path;
  }

  get summary(): RunSummary {
    return this.#summary;
  }

  get status(): RunStatus {
    return this.#summary.status;
  }

  get head(): Head {
    const { secondsLeft } = this;
    return {
      summary: this.#summary,
      progress: this.#progress,
      secondsLeft,
      notes: [...this.#notes],
      problem: this.#problem,
    };
  }

  get current(): CurrentRun {
    return { ...this.head, series: this.#recorder.series };
  }

  /** Of the last checkpoint; undefined if there is none. */
  get savedStep(): number | undefined {
    return this.#savedStep;
  }

  /** At the present speed; undefined where there is none. */
  get secondsLeft(): number | undefined {
    const { status, step, steps } = this.#summary;
    const perStep = this.#recorder.secondsPerStep;
    return status === 'running' && perStep !== undefined ? perStep * (steps - step) : undefined;
  }

  /** Takes over what the run's own record says. */
  describe(record: Pick<RunSummary, 'createdAt' | 'objective' | 'model' | 'hyperparameters' | 'data'>): void {
    const { createdAt, objective, model, hyperparameters, data } = record;
    this.#change({ createdAt, objective, model, hyperparameters, data });
  }

  /** A stop is on its way. */
  stopping(): void {
    this.#change({ status: 'stopping' });
  }

  /** Its end where no event has told it. */
  end(status: RunStatus, problem?: CurrentRun['problem']): void {
    this.#progress = undefined;
    this.#problem = problem;
    this.#change({ status });
  }

  /** What an event adds to the series, if anything. */
  take(event: TrainEvent): Addition | undefined {
    if ('progress' in event) {
      this.#progress = event.progress;
      return undefined;
    }
    if ('note' in event) {
      this.#notes = [...this.#notes, event.note];
      return undefined;
    }
    const addition = this.#recorder.add(event);
    this.#change({ ...changes(event), seconds: this.#recorder.seconds });
    if (event.event === 'start') this.#progress = undefined;
    if (event.event === 'checkpoint') this.#savedStep = event.step;
    return addition;
  }

  #change(changes: Partial<RunSummary>): void {
    // a stop that was asked for is what is going on, until it is done
    const { status = this.status } = changes;
    const kept = this.status === 'stopping' && (status === 'running' || status === 'paused');
    this.#summary = { ...this.#summary, ...changes, status: kept ? 'stopping' : status };
  }
}

/** What an event changes in the run's line. */
function changes(event: RunEvent): Partial<RunSummary> {
  switch (event.event) {
    case 'start': {
      const { parameters, step, steps, precision } = event;
      return { status: 'running', parameters, step, steps, ...precisionNote(precision) };
    }
    case 'step':
      return { step: event.step, loss: event.loss };
    case 'eval': {
      return { valLoss: event.valLoss, ...(event.best ? { best: bestOf(event) } : {}) };
    }
    case 'paused':
      return { status: 'paused' };
    case 'unpaused':
      return { status: 'running' };
    case 'done': {
      const { loss, valLoss, best, reason } = event;
      return { loss, valLoss, best, status: reason === 'stopped' ? 'stopped' : 'completed' };
    }
    case 'sample':
    case 'checkpoint':
    case 'report':
      return {};
  }
}
