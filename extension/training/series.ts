/** What is measured in a run, gathered from its events into what a chart can use. */
import type { Evaluation, Point, Sample, Series } from '../../webview/protocol/training.ts';
import type { RunEvent, RunEventOf } from '../../worker/protocol/events.ts';
import type { RunReport } from '../../worker/protocol/objectives.ts';
import { thin } from './thin.ts';

/** Points that a page is given at most. */
export const MAX_POINTS = 2000;
/** Points that are held at most: twice as many, so that thinning them is seldom. */
const HELD_POINTS = 2 * MAX_POINTS;
/** Samples that are kept: the newest. */
const MAX_SAMPLES = 200;

/** Something new in a series. */
export type Addition =
  | { readonly point: Point }
  | { readonly evaluation: Evaluation }
  | { readonly sample: Sample }
  | { readonly report: RunReport };

/** Takes the events of a run one after another, from its file or as they come. */
export class SeriesRecorder {
  #points: Point[] = [];
  #evaluations: Evaluation[] = [];
  #samples: Sample[] = [];
  #report: RunReport | undefined;
  #seconds = 0;
  #step = 0;

  /** Time in steps, evaluations and checkpoints so far; what lies between logged steps took as long as they did. */
  get seconds(): number {
    return this.#seconds;
  }

  get series(): Series {
    return {
      points: [...thin(this.#points, MAX_POINTS)],
      evaluations: [...this.#evaluations],
      samples: [...this.#samples],
      ...(this.#report === undefined ? {} : { report: this.#report }),
    };
  }

  /** What the event adds; undefined if it adds nothing. */
  add(event: RunEvent): Addition | undefined {
    switch (event.event) {
      case 'start':
        this.begin(event.step);
        return undefined;
      case 'step':
        return { point: this.#addPoint(event) };
      case 'eval':
        return { evaluation: this.#addEvaluation(event) };
      case 'sample': {
        const { step, prompt, text, base } = event;
        const sample = { step, prompt, text, ...(base === undefined ? {} : { base }) };
        this.#samples = [...this.#samples.slice(1 - MAX_SAMPLES), sample];
        return { sample };
      }
      case 'checkpoint':
        this.#seconds += event.saveMs / 1000;
        return undefined;
      case 'report':
        this.#report = event.report;
        return { report: event.report };
      case 'paused':
      case 'unpaused':
      case 'done':
        return undefined;
    }
  }

  /** Takes up the run at a step: one that is resumed from a checkpoint makes the steps after it anew. */
  begin(step: number): void {
    const before = ({ step: at }: { readonly step: number }): boolean => at <= step;
    const lost = this.#points.find((point) => !before(point));
    this.#points = this.#points.filter(before);
    this.#evaluations = this.#evaluations.filter(before);
    this.#samples = this.#samples.filter(before);
    this.#report = undefined; // it was of the end
    this.#step = step;
    if (lost !== undefined) this.#seconds = this.#points.at(-1)?.seconds ?? 0;
  }

  /** Seconds a step takes at present, evaluations included; undefined before there are two points. */
  get secondsPerStep(): number | undefined {
    const [from, to] = [this.#points.at(-RECENT) ?? this.#points[0], this.#points.at(-1)];
    if (from === undefined || to === undefined || from.step === to.step) return undefined;
    return (this.#seconds - from.seconds) / (to.step - from.step);
  }

  #addPoint({
    step,
    loss,
    learningRate,
    gradientNorm,
    tokensPerSecond,
    memoryBytes,
    skipped,
    stepMs,
  }: StepEvent): Point {
    this.#seconds += ((step - this.#step) * stepMs) / 1000;
    this.#step = step;
    const { seconds } = this;
    const measured = { step, loss, learningRate, gradientNorm, tokensPerSecond, memoryBytes, seconds };
    const point = { ...measured, ...(skipped === undefined ? {} : { skipped }) };
    this.#points.push(point);
    if (this.#points.length > HELD_POINTS) this.#points = [...thin(this.#points, MAX_POINTS)];
    return point;
  }

  #addEvaluation({ step, valLoss, best, score, metrics, routing, evalMs }: RunEventOf<'eval'>): Evaluation {
    this.#seconds += evalMs / 1000;
    const evaluation = {
      ...{ step, valLoss, best },
      ...(score === undefined ? {} : { score }),
      ...(metrics === undefined ? {} : { metrics }),
      ...(routing === undefined ? {} : { routing }),
    };
    this.#evaluations.push(evaluation);
    return evaluation;
  }
}

type StepEvent = RunEventOf<'step'>;

/** Points back from which the present speed is taken. */
const RECENT = 100;
