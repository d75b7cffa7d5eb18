import type { InspectedToken } from '../../worker/protocol/inspect.ts';
import { element } from '../common/dom.ts';
import { shownName } from './names.ts';
import { rowEntries } from './row-facts.ts';
import { percent } from './summary.ts';

/** Lines of a table: the rest is one line. */
const MOST = 40;

/** Where one token looks, the strongest first. */
export class RowTable {
  readonly element = element('div', {
    class: 'row-table',
    role: 'region',
    'aria-label': 'Row of the cursor',
    tabindex: 0,
  });

  show(weights: Float32Array, tokens: readonly InspectedToken[], row: number, weighed = 'Weight'): void {
    const token = tokens[row];
    if (token === undefined) {
      this.element.replaceChildren();
      return;
    }
    const entries = rowEntries(weights, tokens.length, row);
    const rest = entries.slice(MOST);
    const lines = entries.slice(0, MOST).map(({ column, weight }) => {
      const name = element('span', { class: 'token-name' }, shownName(tokens[column]!));
      return line(String(column + 1), name, percent(weight));
    });
    if (rest.length > 0) {
      const sum = rest.reduce((all, { weight }) => all + weight, 0);
      lines.push(line('', `${rest.length} more`, percent(sum)));
    }
    const name = element('span', { class: 'token-name' }, shownName(token));
    this.element.replaceChildren(
      element('h2', {}, `Token ${row + 1} `, name, ' looks at'),
      element(
        'table',
        { class: 'numbers' },
        element('thead', {}, element('tr', {}, ...['At', 'Token', weighed].map(columnHead))),
        element('tbody', {}, ...lines),
      ),
    );
  }
}

function columnHead(name: string): HTMLElement {
  return element('th', { scope: 'col' }, name);
}

function line(place: string, name: Node | string, weight: string): HTMLElement {
  return element('tr', {}, element('td', {}, place), element('td', {}, name), element('td', {}, weight));
}
