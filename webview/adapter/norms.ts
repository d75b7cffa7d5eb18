/** The norm of each layer's update as a heat map: a table, whose cells can be chosen. */
import { shadeOf } from '../common/colours.ts';
import { element, on, setAttribute, uniqueId } from '../common/dom.ts';
import { heatTable, shadePainter } from '../common/heat-table.ts';
import type { AdaptedLayer } from '../protocol/adapter.ts';
import { formatPercent, layerText, normGrid, shareOf } from './facts.ts';

export class Norms {
  readonly #title = element(
    'p',
    { id: uniqueId('norms'), class: 'dim' },
    'Norm of the update, in per cent of the weight’s',
  );
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
    const paint = shadePainter();
    this.#cells = new Map();
    const made = heatTable({
      labelledBy: this.#title.id,
      corner: 'Layer',
      columns: targets,
      rows: rows.map(({ layer, cells }) => ({
        name: String(layer),
        cells: cells.map((cell) => {
          if (cell === undefined) return undefined;
          const press = this.#button(cell);
          paint(press, shadeOf(shareOf(cell), largest));
          return element('td', {}, press);
        }),
      })),
    });
    this.element.replaceChildren(this.#title, made);
    if (focused !== undefined) this.#cells.get(focused)?.focus();
  }

  #button(layer: AdaptedLayer): HTMLButtonElement {
    const figure = formatPercent(shareOf(layer));
    const press = element('button', { type: 'button', 'aria-label': layerText(layer) }, figure);
    on(press, 'click', () => this.#choose(layer.module));
    this.#cells.set(layer.module, press);
    return press;
  }

  #mark(module: string, chosen: boolean): void {
    const cell = this.#cells.get(module);
    if (cell !== undefined) setAttribute(cell, 'aria-pressed', chosen ? 'true' : undefined);
  }
}
