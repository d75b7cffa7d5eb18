/** How the routers of a mixture of experts spread tokens at the latest evaluation: a heat map, layers over experts. */
import { onThemeChange } from '../common/chart-theme.ts';
import { SHADES } from '../common/colours.ts';
import { element, setText, uniqueId } from '../common/dom.ts';
import { heatTable, shadePainter } from '../common/heat-table.ts';
import type { Evaluation } from '../protocol/training.ts';
import { expertGrid, routingSummary } from './expert-facts.ts';

export class Experts {
  readonly #summary = element('p', { class: 'numbers' });
  readonly #title = element(
    'p',
    { id: uniqueId('experts'), class: 'dim' },
    'Per cent of a layer’s tokens that each expert gets, and the entropy of the router’s choice in bits',
  );
  /** Scrolls, for experts may be many. */
  readonly #map = element('div', {
    class: 'expert-map',
    role: 'region',
    'aria-labelledby': this.#title.id,
    tabindex: 0,
  });
  readonly element = element('div', { class: 'experts' }, this.#summary, this.#title, this.#map);
  #shown: Evaluation | undefined;

  constructor() {
    onThemeChange(() => this.#draw());
  }

  update(evaluation: Evaluation): void {
    if (evaluation === this.#shown) return;
    this.#shown = evaluation;
    this.#draw();
  }

  #draw(): void {
    const { step = 0, routing } = this.#shown ?? {};
    if (routing === undefined) return;
    setText(this.#summary, routingSummary({ step, routing }));
    const { columns, rows } = expertGrid(routing);
    const paint = shadePainter();
    const made = heatTable({
      labelledBy: this.#title.id,
      corner: 'Layer',
      columns: [...columns, 'Bits'],
      rows: rows.map(({ name, entropy, cells }) => ({
        name,
        cells: [
          ...cells.map(({ share, strength }) => {
            const cell = element('td', {}, share);
            paint(cell, Math.round(strength * (SHADES - 1)));
            return cell;
          }),
          element('td', {}, entropy),
        ],
      })),
    });
    this.#map.replaceChildren(made);
  }
}
