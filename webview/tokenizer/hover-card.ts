import { element, show } from '../common/dom.ts';
import { describeToken, type ShownToken } from './token-facts.ts';

/** A small card beside the token that the mouse points at. The details say the same to those who use the keyboard. */
export class HoverCard {
  readonly element = element('div', { class: 'hover-card', 'aria-hidden': 'true', hidden: true });

  show(shown: ShownToken, beside: HTMLElement): void {
    this.element.replaceChildren(
      ...describeToken(shown).map(({ name, value }) =>
        element('div', {}, element('span', { class: 'dim' }, name), ' ', value),
      ),
    );
    show(this.element, true);
    const token = beside.getBoundingClientRect();
    const card = this.element.getBoundingClientRect();
    const left = Math.max(4, Math.min(token.left, window.innerWidth - card.width - 4));
    const below = token.bottom + 4;
    const top = below + card.height > window.innerHeight ? token.top - card.height - 4 : below;
    this.element.style.left = `${left}px`;
    this.element.style.top = `${top}px`;
  }

  hide(): void {
    show(this.element, false);
  }
}
