import type { InspectedToken, Prediction } from '../../worker/protocol/inspect.ts';
import { button } from '../common/controls.ts';
import { element, show } from '../common/dom.ts';
import type { MaskedToken } from '../protocol/attention.ts';
import { shownName } from './names.ts';
import { percent } from './summary.ts';

/** What an encoder says of the masked token, with the mask and without. */
export class Predictions {
  readonly element = element('div', {
    class: 'predictions',
    role: 'region',
    'aria-label': 'Predictions',
    tabindex: 0,
  });
  readonly #unmask: (position: number) => void;

  constructor(unmask: (position: number) => void) {
    this.#unmask = unmask;
    show(this.element, false);
  }

  show(mask: MaskedToken | undefined, tokens: readonly InspectedToken[]): void {
    show(this.element, mask !== undefined);
    if (mask === undefined) return;
    const { position, masked, seen } = mask;
    const away = button({ label: 'Take the Mask Away', press: () => this.#unmask(position) });
    const name = element('span', { class: 'token-name' }, shownName(tokens[position]!));
    this.element.replaceChildren(
      element('h2', {}, `Token ${position + 1} `, name),
      element('div', { class: 'prediction-lists' }, list('Masked', masked), list('As it stands', seen)),
      away.element,
    );
  }
}

function list(name: string, predictions: readonly Prediction[]): HTMLElement {
  return element(
    'table',
    { class: 'numbers' },
    element('caption', {}, name),
    element(
      'thead',
      { class: 'visually-hidden' },
      element('tr', {}, ...['Token', 'Probability'].map((each) => element('th', { scope: 'col' }, each))),
    ),
    element(
      'tbody',
      {},
      ...predictions.map(({ text, probability }) =>
        element(
          'tr',
          {},
          element('td', {}, element('span', { class: 'token-name' }, text)),
          element('td', {}, percent(probability)),
        ),
      ),
    ),
  );
}
