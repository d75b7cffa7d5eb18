/** A text twice, side by side, with a line from each token to those that it looks at. */
import { element, on, setAttribute, svgElement } from '../common/dom.ts';
import type { MapModel } from './map-drawing.ts';
import { type MapTarget, movedCell } from './map-geometry.ts';
import { shownName, spokenName } from './names.ts';

export interface LinesEvents {
  /** The pointer is at a token on one side, or no longer. */
  readonly point: (target: MapTarget | undefined) => void;
  /** The cursor goes to a token's row. */
  readonly move: (row: number) => void;
  /** A token is chosen: with a double-click or Enter. */
  readonly pick: (token: number) => void;
}

/** Pixels from token to token; as in attention.css. */
const ROW = 22;
/** Weights below this share of the largest have no line: they would not be seen. */
const FAINTEST = 0.02;

export class Lines {
  readonly element: HTMLElement;
  readonly #from = element('div', {
    class: 'line-tokens from',
    role: 'listbox',
    tabindex: 0,
    'aria-label': 'Tokens that look',
  });
  readonly #to = element('div', { class: 'line-tokens to', 'aria-hidden': 'true' });
  readonly #links = svgElement('svg', { class: 'links', 'aria-hidden': 'true', preserveAspectRatio: 'none' });
  readonly #events: LinesEvents;
  #size = 0;
  #row = 0;
  #target: MapTarget | undefined;

  constructor(events: LinesEvents) {
    this.#events = events;
    this.element = element('div', { class: 'lines' }, this.#from, this.#links, this.#to);
    for (const side of [this.#from, this.#to]) {
      const targetOf = (event: Event): MapTarget | undefined => {
        const token = tokenOf(event);
        if (token === undefined) return undefined;
        return side === this.#from ? { row: token } : { column: token };
      };
      on(side, 'pointerover', (event) => events.point(targetOf(event)));
      on(side, 'pointerleave', () => events.point(undefined));
      on(side, 'dblclick', (event) => {
        const token = tokenOf(event);
        if (token !== undefined) events.pick(token);
      });
    }
    on(this.#from, 'click', (event) => {
      const token = tokenOf(event);
      if (token !== undefined) events.move(token);
    });
    on(this.#from, 'focus', () => this.#fade());
    on(this.#from, 'blur', () => this.#fade());
    on(this.#from, 'keydown', (event) => this.#press(event));
  }

  setModel({ tokens, weights, size, largest }: MapModel): void {
    this.#size = size;
    this.#from.replaceChildren(
      ...tokens.map((token, i) =>
        element(
          'div',
          { id: `from-${i}`, role: 'option', 'data-token': i, 'aria-label': spokenName(token) },
          shownName(token),
        ),
      ),
    );
    this.#to.replaceChildren(
      ...tokens.map((token, i) => element('div', { 'data-token': i }, shownName(token))),
    );
    setAttribute(this.#links, 'viewBox', `0 0 100 ${Math.max(1, size * ROW)}`);
    setAttribute(this.#links, 'height', size * ROW);
    const links = [];
    for (let row = 0; row < size; row++)
      for (let column = 0; column < size; column++) {
        const strength = weights[row * size + column]! / largest;
        if (Math.abs(strength) >= FAINTEST) links.push(linkOf(row, column, strength));
      }
    this.#links.replaceChildren(...links);
    this.setRow(this.#row);
  }

  setRow(row: number): void {
    this.#row = row;
    Array.from(this.#from.children).forEach((option, i) =>
      setAttribute(option, 'aria-selected', String(i === row)),
    );
    setAttribute(this.#from, 'aria-activedescendant', row < this.#size ? `from-${row}` : undefined);
    this.#fade();
  }

  setTarget(target: MapTarget | undefined): void {
    this.#target = target;
    this.#fade();
  }

  /** Lets the lines of one token stay alone: the pointer's, or the cursor's. */
  #fade(): void {
    const { row, column } = this.#target ?? (document.activeElement === this.#from ? { row: this.#row } : {});
    for (const link of this.#links.children) {
      const isOff =
        (row !== undefined && link.getAttribute('data-row') !== String(row)) ||
        (column !== undefined && link.getAttribute('data-column') !== String(column));
      link.classList.toggle('off', isOff);
    }
  }

  #press(event: KeyboardEvent): void {
    if (this.#size === 0 || event.altKey) return;
    if (event.key === 'Enter') this.#events.pick(this.#row);
    else {
      const whole = { key: event.key, ctrlKey: true, metaKey: false }; // Home and End are the text's
      const row = movedCell(whole, { row: this.#row, column: 0 }, this.#size)?.row;
      if (row === undefined) return;
      this.#events.move(row);
      this.#from.children[row]?.scrollIntoView({ block: 'nearest' });
    }
    event.preventDefault();
  }
}

/** Of a negative strength, as differences have, it is dashed. */
function linkOf(row: number, column: number, strength: number): SVGElement {
  const size = Math.abs(strength);
  return svgElement('line', {
    ...{ x1: 0, y1: (row + 0.5) * ROW, x2: 100, y2: (column + 0.5) * ROW },
    ...{ 'data-row': row, 'data-column': column },
    'stroke-opacity': Math.sqrt(size).toFixed(2),
    'stroke-width': (0.5 + 2.5 * size).toFixed(1),
    'stroke-dasharray': strength < 0 ? '4 3' : undefined,
    'vector-effect': 'non-scaling-stroke',
  });
}

function tokenOf(event: Event): number | undefined {
  const made = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-token]') : null;
  return made === null ? undefined : Number(made.dataset.token);
}
