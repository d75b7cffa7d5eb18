/** From what a run measured to lines of a chart. */
import type { ChartData, Line } from './chart-lines.ts';
import { smoothed } from './smoothing.ts';
import type { Point, Series } from '../protocol/training.ts';
import { scoreLabel } from '../protocol/scores.ts';
import { isLoss, scoreNames } from './scores.ts';

export interface LineOptions {
  /** Weight of the moving average, from 0 to below 1. */
  readonly smoothing: number;
  /** x is seconds of training instead of steps. */
  readonly byTime: boolean;
}

/** A run on a chart; letters are there where it is one of several. */
export interface RunLines {
  readonly series: Series;
  readonly style: number;
  readonly tag?: string | undefined;
}

/** Training and validation loss of one run, or of several over each other. */
export function lossLines(runs: readonly RunLines[], options: LineOptions): ChartData {
  return joined(
    runs.flatMap(({ series, style, tag }) => {
      const x = series.points.map((point) => xOf(point, options));
      const training = runLines(
        'Training',
        x,
        series.points.map(({ loss }) => loss),
        options,
        { style, tag },
      );
      const { evaluations } = series;
      if (evaluations.length === 0) return training;
      const validation: PlacedLine = {
        label: 'Validation',
        x: evaluations.map(({ step }) => (options.byTime ? secondsAt(series.points, step) : step)),
        values: evaluations.map(({ valLoss }) => valLoss),
        style,
        tag,
        look: 'marked',
      };
      return [...training, validation];
    }),
  );
}

/** Scores of a run's evaluations, such as accuracies: a line each. */
export function scoreLines({ points, evaluations }: Series, { byTime }: LineOptions): ChartData {
  const names = scoreNames(evaluations).filter((name) => !isLoss(name));
  return joined(
    names.map((name, style) => {
      const scored = evaluations.filter(({ metrics }) => metrics?.[name] !== undefined);
      return {
        label: scoreLabel(name),
        x: scored.map(({ step }) => (byTime ? secondsAt(points, step) : step)),
        values: scored.map(({ metrics }) => metrics![name]!),
        style,
        look: 'marked',
      };
    }),
  );
}

export type Metric = 'learningRate' | 'gradientNorm' | 'tokensPerSecond';

/** One thing that was measured at every step. */
export function metricLines(
  points: readonly Point[],
  metric: Metric,
  label: string,
  options: LineOptions,
): ChartData {
  const x = points.map((point) => xOf(point, options));
  return joined(
    runLines(
      label,
      x,
      points.map((point) => point[metric]),
      options,
      { style: 0 },
    ),
  );
}

interface PlacedLine extends Line {
  /** Where its values are; as many as these. */
  readonly x: readonly number[];
}

function runLines(
  label: string,
  x: readonly number[],
  values: readonly number[],
  { smoothing }: LineOptions,
  { style, tag }: { style: number; tag?: string | undefined },
): PlacedLine[] {
  const plain: PlacedLine = { label, x, values: smoothed(values, smoothing), style, tag, look: 'plain' };
  if (smoothing === 0) return [plain];
  return [{ label: `${label}, not smoothed`, x, values, style, look: 'faint' }, plain];
}

function xOf(point: Point, { byTime }: LineOptions): number {
  return byTime ? point.seconds : point.step;
}

/** When a step was done, as far as the points tell. */
function secondsAt(points: readonly Point[], step: number): number {
  const found = points.findLast((point) => point.step <= step) ?? points[0];
  return found?.seconds ?? 0;
}

/** Lines over the x of all of them. */
function joined(lines: readonly PlacedLine[]): ChartData {
  const x = [...new Set(lines.flatMap((line) => line.x))].sort((a, b) => a - b);
  const places = new Map(x.map((value, i) => [value, i]));
  return {
    x,
    lines: lines.map(({ x: own, values, ...line }) => {
      const spread = new Array<number | null>(x.length).fill(null);
      own.forEach((value, i) => (spread[places.get(value)!] = values[i] ?? null));
      return { ...line, values: spread };
    }),
  };
}
