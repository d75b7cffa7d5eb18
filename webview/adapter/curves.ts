/** Loss of the run that trains the adapter, and the singular values of one update. */
import { Chart } from '../common/chart.ts';
import type { ChartData } from '../common/chart-lines.ts';
import { onThemeChange } from '../common/chart-theme.ts';
import { element, setText, show } from '../common/dom.ts';
import { formatLoss, formatNumber } from '../common/format.ts';
import { lossLines } from '../common/run-lines.ts';
import type { AdaptedLayer, AdapterRun } from '../protocol/adapter.ts';
import { layerText } from './facts.ts';

const HEIGHT = 170;
/** Of the training curve, so that its way is seen through its noise. */
const SMOOTHING = 0.6;
const VIEW = { log: false, ignoreOutliers: false };

export class LossCurve {
  readonly #chart = new Chart({
    label: 'Loss',
    height: HEIGHT,
    group: 'adapter loss',
    xLabel: 'Step',
    formatX: (x) => String(Math.round(x)),
    formatY: formatLoss,
    formatTick: formatNumber,
    zoom: (zoom) => this.#chart.show(this.#data, { ...VIEW, zoom }),
  });
  readonly element = this.#chart.element;
  #data: ChartData = { x: [], lines: [] };

  constructor() {
    onThemeChange(() => this.#chart.retheme());
  }

  show({ series }: AdapterRun): void {
    this.#data = lossLines([{ series, style: 0 }], { smoothing: SMOOTHING, byTime: false });
    this.#chart.show(this.#data, VIEW);
  }
}

export class Spectrum {
  readonly #about = element('p', { class: 'dim numbers' });
  readonly #chart = new Chart({
    label: 'Singular values of the update',
    height: HEIGHT,
    group: 'adapter spectrum',
    xLabel: 'Direction',
    formatX: (x) => (Number.isInteger(x) ? String(x) : ''), // there is none between two
    formatY: formatNumber,
    formatTick: formatNumber,
    zoom: (zoom) => this.#chart.show(this.#data, { ...VIEW, zoom }),
  });
  readonly element = element('div', { class: 'spectrum' }, this.#chart.element, this.#about);
  #data: ChartData = { x: [], lines: [] };

  constructor() {
    onThemeChange(() => this.#chart.retheme());
  }

  show(layer: AdaptedLayer | undefined): void {
    show(this.element, layer !== undefined);
    if (layer === undefined) return;
    setText(this.#about, layerText(layer));
    const values = layer.singularValues;
    const line = { label: layer.target, values, style: 0, look: 'marked' } as const;
    this.#data = { x: values.map((_, i) => i + 1), lines: [line] };
    this.#chart.show(this.#data, VIEW);
  }
}
