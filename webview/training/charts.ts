/** The curves of the current run, others laid over its loss. */
import type { Range } from '../common/axis-range.ts';
import { Chart, type ChartOptions } from '../common/chart.ts';
import type { ChartData } from '../common/chart-lines.ts';
import { onThemeChange } from '../common/chart-theme.ts';
import { checkbox, slider } from '../common/controls.ts';
import { element, show } from '../common/dom.ts';
import { formatDuration, formatLoss, formatNumber, formatRate, formatShort } from '../common/format.ts';
import type { CurrentRun } from '../protocol/training.ts';
import {
  type LineOptions,
  lossLines,
  type Metric,
  metricLines,
  type RunLines,
  scoreLines,
} from '../common/run-lines.ts';
import { type Memory, zoomOf } from './page-state.ts';
import { formatScore } from '../protocol/scores.ts';

/** A run of the history, to be laid over the current one. */
export interface OverlayRun extends RunLines {
  readonly path: string;
}

const LOSS_HEIGHT = 170;
const METRIC_HEIGHT = 96;

type Format = (y: number) => string;

const METRICS: readonly {
  metric: Metric;
  label: string;
  formatY: Format;
  formatTick?: Format;
  smooth: boolean;
}[] = [
  {
    metric: 'learningRate',
    label: 'Learning rate',
    formatY: formatRate,
    formatTick: formatTickRate,
    smooth: false,
  },
  { metric: 'gradientNorm', label: 'Gradient norm', formatY: formatNumber, smooth: true },
  {
    metric: 'tokensPerSecond',
    label: 'Tokens/s',
    formatY: formatShort,
    formatTick: formatShort,
    smooth: true,
  },
];

export class Charts {
  readonly element: HTMLElement;
  readonly #memory: Memory;
  readonly #loss: Chart;
  readonly #scores: Chart;
  readonly #metrics: readonly Chart[];
  #run: CurrentRun | undefined;
  #overlay: readonly OverlayRun[] = [];
  /** What was drawn last: numbers that have not changed are not drawn again. */
  #drawn: readonly unknown[] = [];

  constructor(memory: Memory) {
    this.#memory = memory;
    this.#loss = this.#chart('Loss', LOSS_HEIGHT, formatLoss);
    this.#scores = this.#chart('Scores', LOSS_HEIGHT, formatScore);
    this.#metrics = METRICS.map(({ label, formatY, formatTick }) =>
      this.#chart(label, METRIC_HEIGHT, formatY, formatTick),
    );
    onThemeChange(() => {
      for (const chart of this.#all) chart.retheme();
    });
    this.element = element(
      'div',
      { class: 'charts' },
      this.#toolbar(),
      element('div', { class: 'chart-grid' }, ...this.#all.map((chart) => chart.element)),
    );
  }

  get #all(): readonly Chart[] {
    return [this.#loss, this.#scores, ...this.#metrics];
  }

  update(run: CurrentRun, overlay: readonly OverlayRun[]): void {
    this.#run = run;
    this.#overlay = overlay;
    this.#draw();
  }

  #draw(): void {
    const run = this.#run;
    if (run === undefined) return;
    const { smoothing, byTime, log, ignoreOutliers } = this.#memory.value;
    const zoom = zoomOf(this.#memory, run.summary.path);
    const inputs = [run.series.points, run.series.evaluations, ...this.#overlay.map(({ series }) => series)];
    const drawn = [...inputs, smoothing, byTime, log, ignoreOutliers, zoom];
    if (drawn.length === this.#drawn.length && drawn.every((value, i) => value === this.#drawn[i])) return;
    this.#drawn = drawn;
    const options: LineOptions = { smoothing, byTime };
    const view = { ignoreOutliers, zoom, log: false };
    this.#loss.show(this.#lossData(run, options), { ...view, log });
    const scores = scoreLines(run.series, options);
    show(this.#scores.element, scores.lines.length > 0);
    this.#scores.show(scores, { ...view, ignoreOutliers: false });
    METRICS.forEach(({ metric, label, smooth }, i) => {
      const lines = metricLines(
        run.series.points,
        metric,
        label,
        smooth ? options : { ...options, smoothing: 0 },
      );
      this.#metrics[i]!.show(lines, view);
    });
  }

  #lossData({ series }: CurrentRun, options: LineOptions): ChartData {
    const several = this.#overlay.length > 0;
    return lossLines([{ series, style: 0, tag: several ? 'A' : undefined }, ...this.#overlay], options);
  }

  #chart(label: string, height: number, formatY: Format, formatTick: Format = formatNumber): Chart {
    const memory = this.#memory;
    const options: ChartOptions = {
      label,
      height,
      group: 'training',
      get xLabel() {
        return memory.value.byTime ? 'Time' : 'Step';
      },
      formatX: (x) => (memory.value.byTime ? formatDuration(x) : formatStep(x)),
      formatY,
      formatTick,
      zoom: (zoom: Range | undefined) => {
        const run = this.#run?.summary.path;
        memory.change({ zoom: zoom === undefined || run === undefined ? undefined : { run, ...zoom } });
        this.#draw();
      },
    };
    return new Chart(options);
  }

  #toolbar(): HTMLElement {
    const { smoothing, log, byTime, ignoreOutliers } = this.#memory.value;
    const change = (part: Parameters<Memory['change']>[0]): void => {
      this.#memory.change(part);
      this.#draw();
    };
    const smooth = slider({
      label: 'Smoothing',
      help: 'Weight of the moving average of the training curves',
      min: 0,
      max: 0.99,
      step: 0.01,
      value: smoothing,
      format: (value) => value.toFixed(2),
      input: (value) => change({ smoothing: value }),
    });
    const switches = [
      {
        label: 'Log',
        help: 'Loss on a logarithmic axis',
        checked: log,
        set: (on: boolean) => change({ log: on }),
      },
      // other numbers on the axis: a zoom of the one is none of the other
      {
        label: 'By time',
        help: 'Time of training instead of steps',
        checked: byTime,
        set: (on: boolean) => change({ byTime: on, zoom: undefined }),
      },
      {
        label: 'No spikes',
        help: 'The highest and the lowest hundredth may lie outside',
        checked: ignoreOutliers,
        set: (on: boolean) => change({ ignoreOutliers: on }),
      },
    ].map(({ label, help, checked, set }) => {
      const control = checkbox({ label, help, change: set });
      control.checked = checked;
      return control.element;
    });
    return element(
      'div',
      { class: 'chart-tools', role: 'group', 'aria-label': 'Charts' },
      smooth,
      ...switches,
    );
  }
}

function formatStep(step: number): string {
  return step >= 10_000 ? formatShort(step) : String(Math.round(step));
}

function formatTickRate(rate: number): string {
  return rate === 0 ? '0' : formatRate(rate).replace('.00', '');
}
