/** A heat map as a table: each cell says its figure, and the colour behind it only repeats that. */
import { isLightTheme } from './chart-theme.ts';
import { colourTable } from './colours.ts';
import { element } from './dom.ts';

export interface HeatRow {
  readonly name: string;
  /** Undefined where there is nothing. */
  readonly cells: readonly (HTMLTableCellElement | undefined)[];
}

export interface HeatTableOptions {
  /** The element that says what the figures are. */
  readonly labelledBy: string;
  /** What the rows' names are. */
  readonly corner: string;
  readonly columns: readonly string[];
  readonly rows: readonly HeatRow[];
}

export function heatTable({ labelledBy, corner, columns, rows }: HeatTableOptions): HTMLTableElement {
  const heads = [corner, ...columns].map((name) => element('th', { scope: 'col' }, name));
  const body = rows.map(({ name, cells }) =>
    element('tr', {}, element('th', { scope: 'row' }, name), ...cells.map((cell) => cell ?? element('td'))),
  );
  return element(
    'table',
    { class: 'heat-table numbers', 'aria-labelledby': labelledBy },
    element('thead', {}, element('tr', {}, ...heads)),
    element('tbody', {}, ...body),
  );
}

/** Puts the colour of a shade, in the theme as it is now, behind a text that can be read on it. */
export function shadePainter(): (target: HTMLElement, shade: number) => void {
  const table = colourTable(isLightTheme() ? 'light' : 'dark');
  return ({ style }, shade) => {
    const channels = [...table.subarray(3 * shade, 3 * shade + 3)];
    style.backgroundColor = `rgb(${channels.join(' ')})`;
    style.color = luminance(channels) > 0.18 ? '#000' : '#fff';
  };
}

/** Relative luminance (WCAG 2.2), from 0 to 1: on a ground above 0.18 black has more contrast than white. */
function luminance(channels: readonly number[]): number {
  const [red, green, blue] = channels.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}
