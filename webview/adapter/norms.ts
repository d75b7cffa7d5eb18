/** The norm of each layer's update as a heat map: a table, whose cells can be chosen. */
import { colourTable, shadeOf } from '../common/colours.ts';
import { isLightTheme } from '../common/chart-theme.ts';
import { element, on, setAttribute } from '../common/dom.ts';
import type { AdaptedLayer } from '../protocol/adapter.ts';
import { formatPercent, layerText, normGrid, shareOf } from './facts.ts';

export class Norms {
  readonly element = element('div', { class: 'norms' });
  readonly #choose: (module: string) => void;
  #layers: readonly AdaptedLayer[] = [];
  #chosen = '';
  #cells = new Map<string, HTMLElement>();

  constructor(choose: (module: string) => void) {
    this.#choose = choose;
  }

  show(layers: readonly AdaptedLayer[], chosen: string): void {
    this.#layers = layers;
    this.#draw();
    this.setChosen(chosen);
  }

  setChosen(module: string): void {
    this.#mark(this.#chosen, false);
    this.#chosen = module;
    this.#mark(module, true);
  }

  /** To be called when the colours have changed. */
  themeChanged(): void {
    this.#draw();
    this.#mark(this.#chosen, true);
  }

  #draw(): void {
    const focused = [...this.#cells].find(([, cell]) => cell === document.activeElement)?.[0];
    const { targets, rows, largest } = normGrid(this.#layers);
    const table = colourTable(isLightTheme() ? 'light' : 'dark');
    this.#cells = new Map();
    const head = element(
      'tr',
      {},
      element('th', { scope: 'col' }, 'Layer'),
      ...targets.map((target) => element('th', { scope: 'col' }, target)),
    );
    const body = rows.map(({ layer, cells }) =>
      element(
        'tr',
        {},
        element('th', { scope: 'row' }, String(layer)),
        ...cells.map((cell) => (cell === undefined ? element('td') : this.#cell(cell, largest, table))),
      ),
    );
    const caption = element('caption', { class: 'dim' }, 'Norm of the update, in per cent of the weight’s');
    const made = element('table', { class: 'numbers' }, caption, element('thead', {}, head));
    made.append(element('tbody', {}, ...body));
    this.element.replaceChildren(made);
    if (focused !== undefined) this.#cells.get(focused)?.focus();
  }

  #cell(layer: AdaptedLayer, largest: number, table: Uint8ClampedArray): HTMLElement {
    const share = shareOf(layer);
    const press = element('button', { type: 'button', 'aria-label': layerText(layer) }, formatPercent(share));
    paint(press, table, shadeOf(share, largest));
    on(press, 'click', () => this.#choose(layer.module));
    this.#cells.set(layer.module, press);
    return element('td', {}, press);
  }

  #mark(module: string, chosen: boolean): void {
    const cell = this.#cells.get(module);
    if (cell !== undefined) setAttribute(cell, 'aria-pressed', chosen ? 'true' : undefined);
  }
}

/** The colour of a shade behind a text that can be read on it. */
function paint(target: HTMLElement, table: Uint8ClampedArray, shade: number): void {
  const channels = [...table.subarray(3 * shade, 3 * shade + 3)];
  target.style.backgroundColor = `rgb(${channels.join(' ')})`;
  target.style.color = luminance(channels) > 0.18 ? '#000' : '#fff';
}

/** Relative luminance (WCAG 2.2), from 0 to 1: on a ground above 0.18 black has more contrast than white. */
function luminance(channels: readonly number[]): number {
  const [red, green, blue] = channels.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}
