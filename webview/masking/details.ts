import type { MaskedToken } from '../../worker/protocol/masking.ts';
import { element } from '../common/dom.ts';
import { predictionTable } from './tables.ts';
import { deed, isChosen } from './token-facts.ts';

/** What there is to say about the token at the cursor. */
export class Details {
  readonly element = element('section', {
    class: 'details',
    'aria-label': 'Token at the cursor',
    tabindex: 0,
  });

  show(token: MaskedToken | undefined): void {
    if (token === undefined) {
      this.element.replaceChildren();
      return;
    }
    const title = element('h2', {}, element('code', {}, token.name), `: ${whatOf(token)}`);
    this.element.replaceChildren(title, ...(isChosen(token) ? [predictionTable(token)] : []));
  }
}

function whatOf(token: MaskedToken): string {
  if (token.special) return 'a special token, which is never chosen';
  switch (token.mark) {
    case 'untouched':
      return 'not chosen, so nothing is predicted here';
    case 'masked':
      return 'chosen, and masked';
    case 'replaced':
      return `chosen, and ${deed(token)}`;
    case 'kept':
      return 'chosen, and kept as it is: the model does not know that it is asked';
  }
}
