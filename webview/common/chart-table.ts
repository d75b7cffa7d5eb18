import { nameOf } from './chart-legend.ts';
import { type ChartData, tableRows } from './chart-lines.ts';
import { element } from './dom.ts';

const ROWS = 200;
/** Between rewrites while numbers keep coming, so that a table can be read. */
const INTERVAL_MS = 2000;

export interface TableFormat {
  readonly xLabel: string;
  readonly formatX: (x: number) => string;
  /** Of values; ticks of an axis may be shorter. */
  readonly formatY: (y: number) => string;
}

/** The numbers of a chart as a table, the last x first. */
export class ChartTable {
  readonly element: HTMLElement;
  readonly #table = element('table');
  readonly #format: TableFormat;
  #written = 0;

  constructor(label: string, format: TableFormat) {
    this.#format = format;
    this.element = element(
      'div',
      { class: 'chart-table', role: 'region', 'aria-label': label, tabindex: 0 },
      this.#table,
    );
  }

  /** `at once` where the user asked for it. */
  update(data: ChartData, range: { from?: number; to?: number }, atOnce: boolean): void {
    if (!atOnce && Date.now() - this.#written < INTERVAL_MS) return;
    this.#written = Date.now();
    const { xLabel, formatX, formatY } = this.#format;
    const rows = tableRows(data, ROWS, range.from, range.to).reverse();
    const head = [xLabel, ...data.lines.map(nameOf)].map((name) => element('th', { scope: 'col' }, name));
    this.#table.replaceChildren(
      element('thead', {}, element('tr', {}, ...head)),
      element(
        'tbody',
        {},
        ...rows.map(({ x, values }) =>
          element(
            'tr',
            {},
            element('th', { scope: 'row' }, formatX(x)),
            ...values.map((value) => element('td', {}, value === null ? '' : formatY(value))),
          ),
        ),
      ),
    );
  }
}
