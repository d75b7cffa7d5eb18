/** A line chart that follows the theme, with a cursor for mouse and keys, zoom, and a table of the same numbers. */
import type uPlot from 'uplot';
import { type Range, rangeOf } from './axis-range.ts';
import { ChartLegend, nameOf } from './chart-legend.ts';
import { type ChartData, nearestIndex, valueAt } from './chart-lines.ts';
import { createPlot, plotShape } from './chart-plot.ts';
import { ChartTable, type TableFormat } from './chart-table.ts';
import { button, type ButtonControl } from './controls.ts';
import { element, on, setAttribute, setAttributes, setText, show, uniqueId } from './dom.ts';

export interface ChartOptions extends TableFormat {
  readonly label: string;
  /** Of the plot, in pixels. */
  readonly height: number;
  /** Charts of a group share the cursor. */
  readonly group: string;
  /** Ticks of the y axis. */
  readonly formatTick: (y: number) => string;
  /** The user wants to see this part of x, or all. */
  readonly zoom: (range: Range | undefined) => void;
}

export interface ChartView {
  readonly log: boolean;
  readonly ignoreOutliers: boolean;
  readonly zoom?: Range | undefined;
}

const KEYS_HELP =
  'Arrow keys move along the lines, with Shift the part that is shown; plus and minus zoom, 0 shows all.';

export class Chart {
  readonly element: HTMLElement;
  readonly #options: ChartOptions;
  readonly #legend = new ChartLegend();
  readonly #table: ChartTable;
  /** Of a single line, which needs no legend. */
  readonly #value = element('span');
  readonly #x = element('span', { class: 'chart-x' });
  readonly #surface: HTMLElement;
  readonly #reset: ButtonControl;
  readonly #tableButton: ButtonControl;
  #plot: uPlot | undefined;
  /** Of the plot that was made: another one needs a new plot. */
  #shape = '';
  #data: ChartData = { x: [], lines: [] };
  #view: ChartView = { log: false, ignoreOutliers: false };
  /** Where the cursor is: an index of x. */
  #cursor: number | undefined;
  #asTable = false;

  constructor(options: ChartOptions) {
    this.#options = options;
    const { label, height } = options;
    this.#table = new ChartTable(`${label}, as a table`, options);
    this.#table.element.style.height = `${height}px`;
    this.#surface = element('div', {
      class: 'chart-plot',
      role: 'slider',
      tabindex: 0,
      'aria-label': `${label}, chart`,
      'aria-description': KEYS_HELP,
      'aria-valuenow': 0,
    });
    this.#surface.style.height = `${height}px`;
    this.#reset = button({
      label: 'Show all steps',
      icon: 'zoom-out',
      kind: 'icon',
      press: () => options.zoom(undefined),
    });
    this.#tableButton = button({
      label: `${label} as a table`,
      icon: 'table',
      kind: 'icon',
      press: () => this.#toggleTable(),
    });
    const title = element('h3', { id: uniqueId('chart') }, label);
    this.element = element(
      'figure',
      { class: 'chart', 'aria-labelledby': title.id },
      element(
        'div',
        { class: 'chart-head' },
        title,
        this.#value,
        this.#x,
        this.#reset.element,
        this.#tableButton.element,
      ),
      this.#legend.element,
      this.#surface,
      this.#table.element,
    );
    this.#toggleVisible();
    on(this.#surface, 'keydown', (event) => this.#key(event));
    on(this.#surface, 'focus', () => this.#describePosition());
    on(this.#surface, 'blur', () => this.#moveTo(undefined));
    new ResizeObserver(() => this.#draw()).observe(this.#surface);
  }

  /** Draws anew in the colours that the page has now. */
  retheme(): void {
    this.#shape = '';
    this.#draw();
  }

  show(data: ChartData, view: ChartView): void {
    this.#data = data;
    this.#view = view;
    this.#draw();
  }

  #draw(): void {
    setAttribute(this.#reset.element, 'class', this.#view.zoom === undefined ? 'unseen' : undefined);
    if (this.#asTable) this.#updateTable(false);
    const width = this.#surface.clientWidth;
    if (width === 0) return;
    const shape = plotShape(this.#data.lines, this.#view.log);
    if (this.#plot === undefined || shape !== this.#shape) this.#remake(shape, width);
    const plot = this.#plot!;
    if (plot.width !== width) plot.setSize({ width, height: this.#options.height });
    const x = this.#xRange();
    const y = this.#yRange(x);
    plot.batch(() => {
      plot.setData(
        [this.#data.x, ...this.#data.lines.map((line) => line.values)] as uPlot.AlignedData,
        false,
      );
      plot.setScale('x', x);
      plot.setScale('y', y);
    });
    this.#showValues();
    if (!this.#surface.hasAttribute('aria-valuetext')) this.#describePosition();
  }

  #remake(shape: string, width: number): void {
    this.#plot?.destroy();
    this.#shape = shape;
    this.#plot = createPlot(this.#surface, this.#data.lines, {
      ...this.#options,
      width,
      log: this.#view.log,
      moved: (index) => {
        this.#cursor = index;
        this.#showValues();
      },
    });
  }

  /** What is shown of x: never nothing. */
  #xRange(): Range {
    const { x } = this.#data;
    const min = this.#view.zoom?.min ?? x[0] ?? 0;
    const max = this.#view.zoom?.max ?? x.at(-1) ?? 1;
    return { min, max: max > min ? max : min + 1 };
  }

  #yRange({ min, max }: Range): Range {
    const { x, lines } = this.#data;
    const drawn = lines.filter((line) => line.look !== 'faint' || !this.#view.ignoreOutliers);
    const values: number[] = [];
    for (const line of drawn) {
      line.values.forEach((value, i) => {
        if (value !== null && x[i]! >= min && x[i]! <= max) values.push(value);
      });
    }
    return rangeOf(values, this.#view);
  }

  #showValues(): void {
    const { x, lines } = this.#data;
    const { formatX, formatY, xLabel } = this.#options;
    const at = this.#cursor ?? x.length - 1;
    const named = lines.filter((line) => line.look !== 'faint');
    const values = named.map((line) => {
      const value = valueAt(line, at);
      return value === null ? '' : formatY(value);
    });
    const alone = named.length === 1;
    show(this.#legend.element, !alone);
    setText(this.#value, alone ? values[0]! : '');
    if (!alone) this.#legend.update(named, values);
    setText(this.#x, this.#cursor === undefined || x[at] === undefined ? '' : `${xLabel} ${formatX(x[at])}`);
  }

  /** For those who hear the chart: only when they move, so that it does not talk by itself. */
  #describePosition(): void {
    const { x, lines } = this.#data;
    const { formatX, formatY, xLabel } = this.#options;
    const at = this.#cursor ?? x.length - 1;
    const values = lines
      .filter((line) => line.look !== 'faint')
      .map((line) => [nameOf(line), valueAt(line, at)] as const)
      .map(([name, value]) => `${name} ${value === null ? 'none' : formatY(value)}`);
    setAttributes(this.#surface, {
      'aria-valuemin': x[0] ?? 0,
      'aria-valuemax': x.at(-1) ?? 0,
      'aria-valuenow': x[at] ?? 0,
      'aria-valuetext': x.length === 0 ? 'empty' : `${xLabel} ${formatX(x[at]!)}: ${values.join(', ')}`,
    });
  }

  #moveTo(index: number | undefined): void {
    const plot = this.#plot;
    const x = index === undefined ? undefined : this.#data.x[index];
    if (plot === undefined) return;
    if (x === undefined) plot.setCursor({ left: -10, top: -10 });
    else plot.setCursor({ left: plot.valToPos(x, 'x'), top: this.#options.height / 3 });
    this.#cursor = index;
    this.#showValues();
  }

  #key(event: KeyboardEvent): void {
    const act = this.#action(event);
    if (act === undefined) return;
    event.preventDefault();
    act();
    this.#describePosition();
  }

  #action({ key, shiftKey }: KeyboardEvent): (() => void) | undefined {
    const { x } = this.#data;
    const range = this.#xRange();
    const last = nearestIndex(x, range.max);
    const at = this.#cursor ?? last;
    // a key press moves about a hundredth of what is shown
    const stride = Math.max(1, Math.round((last - nearestIndex(x, range.min)) / 100));
    const go = (index: number) => () => this.#moveTo(Math.min(x.length - 1, Math.max(0, index)));
    switch (key) {
      case 'ArrowLeft':
        return shiftKey ? () => this.#pan(-0.25) : go(at - stride);
      case 'ArrowRight':
        return shiftKey ? () => this.#pan(0.25) : go(at + stride);
      case 'PageUp':
        return go(at + 10 * stride);
      case 'PageDown':
        return go(at - 10 * stride);
      case 'Home':
        return go(nearestIndex(x, range.min));
      case 'End':
        return go(last);
      case '+':
      case '=':
        return () => this.#zoomBy(0.5, at);
      case '-':
        return () => this.#zoomBy(2, at);
      case '0':
        return () => this.#options.zoom(undefined);
      default:
        return undefined;
    }
  }

  /** Around an index of x, where the cursor stays. */
  #zoomBy(factor: number, at: number): void {
    const { min, max } = this.#xRange();
    const half = ((max - min) * factor) / 2;
    const centre = this.#data.x[at] ?? (min + max) / 2;
    this.#zoomTo(centre - half, centre + half);
    this.#moveTo(at);
  }

  #pan(share: number): void {
    const { min, max } = this.#xRange();
    const shift = (max - min) * share;
    this.#zoomTo(min + shift, max + shift);
  }

  /** Within what there is; all of it is no zoom. */
  #zoomTo(min: number, max: number): void {
    const { x } = this.#data;
    const first = x[0] ?? 0;
    const last = x.at(-1) ?? 1;
    const width = max - min;
    if (width >= last - first) this.#options.zoom(undefined);
    else {
      const start = Math.min(Math.max(first, min), last - width);
      this.#options.zoom({ min: start, max: start + width });
    }
  }

  #toggleTable(): void {
    this.#asTable = !this.#asTable;
    this.#toggleVisible();
    if (this.#asTable) this.#updateTable(true);
    else this.#draw();
  }

  #toggleVisible(): void {
    show(this.#table.element, this.#asTable);
    show(this.#surface, !this.#asTable);
    this.#tableButton.setPressed(this.#asTable);
  }

  #updateTable(atOnce: boolean): void {
    const { zoom } = this.#view;
    this.#table.update(this.#data, { from: zoom?.min, to: zoom?.max }, atOnce);
  }
}
