/** The tokens of a text in a list that flows, with a cursor: what was done to each is told by its frame and in words. */
import type { MaskedToken } from '../../worker/protocol/masking.ts';
import { element, icon, on, setAttribute } from '../common/dom.ts';
import { glyphsOf } from '../common/glyphs.ts';
import { moved } from './cursor.ts';
import { deed, isChosen, isRight, percent } from './token-facts.ts';

export interface TokensEvents {
  /** The cursor is at a token. */
  readonly point: (index: number) => void;
  readonly pick: (index: number) => void;
}

const KEYS_HELP =
  'Left and Right move along the tokens, Up and Down go to the chosen ones, Enter selects in the editor.';

export class Tokens {
  readonly element = element('div', {
    class: 'tokens',
    role: 'listbox',
    tabindex: 0,
    'aria-label': 'Tokens',
    'aria-description': KEYS_HELP,
  });
  readonly #events: TokensEvents;
  #tokens: readonly MaskedToken[] = [];
  #cursor = 0;

  constructor(events: TokensEvents) {
    this.#events = events;
    on(this.element, 'click', (event) => {
      const index = indexOf(event);
      if (index === undefined) return;
      this.#moveTo(index);
      events.pick(index);
    });
    on(this.element, 'keydown', (event) => this.#key(event));
  }

  show(tokens: readonly MaskedToken[], cursor: number): void {
    this.#tokens = tokens;
    this.element.replaceChildren(...tokens.map(chip));
    this.#cursor = Math.max(0, Math.min(cursor, tokens.length - 1));
    this.#mark();
  }

  #key(event: KeyboardEvent): void {
    if (this.#tokens.length === 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'Enter') {
      event.preventDefault();
      this.#events.pick(this.#cursor);
      return;
    }
    const to = moved(event.key, this.#cursor, this.#tokens);
    if (to === undefined) return;
    event.preventDefault();
    this.#moveTo(to);
  }

  #moveTo(index: number): void {
    this.#cursor = index;
    this.#mark();
    document.getElementById(idOf(index))?.scrollIntoView({ block: 'nearest' });
    this.#events.point(index);
  }

  #mark(): void {
    for (const made of this.element.children) {
      const isAt = made.id === idOf(this.#cursor);
      made.classList.toggle('cursor', isAt);
      setAttribute(made, 'aria-selected', String(isAt));
    }
    setAttribute(
      this.element,
      'aria-activedescendant',
      this.#tokens.length > 0 ? idOf(this.#cursor) : undefined,
    );
  }
}

/** Its name is what is seen and what is only said; a label of its own would have to repeat what is seen. */
function chip(token: MaskedToken, index: number): HTMLElement {
  const { name, mark, special } = token;
  const made = element(
    'span',
    {
      id: idOf(index),
      class: ['token', mark, special ? 'special' : ''].filter(Boolean).join(' '),
      role: 'option',
      'aria-selected': 'false',
      title: isChosen(token) ? deed(token) : undefined,
    },
    element('span', { class: 'name' }, ...glyphs(name)),
  );
  made.dataset.token = String(index);
  if (isChosen(token)) made.append(said(', '), deedOf(token), ...guessOf(token));
  else made.append(said(special ? ', special token' : ', untouched'));
  return made;
}

function deedOf({ mark, shown }: MaskedToken): HTMLElement {
  const arrow = element('span', { 'aria-hidden': 'true' }, '→ ');
  const what = mark === 'replaced' ? [said('replaced by '), arrow, ...glyphs(shown)] : [mark];
  return element('span', { class: 'deed' }, ...what);
}

/** What the model says, of a token that was predicted. A right one stands there already. */
function guessOf(token: MaskedToken): HTMLElement[] {
  const [first] = token.predictions;
  if (first === undefined) return [];
  const right = isRight(token) === true;
  const guess = element(
    'span',
    { class: right ? 'guess right' : 'guess wrong' },
    icon(right ? 'check' : 'close'),
    said(', predicted '),
    ...(right ? [said(first.name)] : glyphs(first.name)),
    said(` ${percent(first.probability)}, ${right ? 'right' : 'wrong'}`),
  );
  return [guess];
}

/** For those who do not see the icons and lines. */
function said(text: string): HTMLElement {
  return element('span', { class: 'visually-hidden' }, text);
}

/** With marks for what would not be seen. */
function glyphs(text: string): (HTMLElement | string)[] {
  return glyphsOf(text).map((run) => (run.mark ? element('span', { class: 'mark' }, run.text) : run.text));
}

function idOf(index: number): string {
  return `token-${index}`;
}

function indexOf(event: Event): number | undefined {
  const made = event.target instanceof Element ? event.target.closest<HTMLElement>('.token') : null;
  return made === null ? undefined : Number(made.dataset.token);
}
