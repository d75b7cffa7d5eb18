/** What the page has to say beside the tokens: what is missing, what went wrong. */
import { button } from '../common/controls.ts';
import { element } from '../common/dom.ts';
import { notice } from '../common/notice.ts';
import type { MaskingContent, MaskingState } from '../protocol/masking.ts';
import type { Problem } from '../protocol/problem.ts';

export interface MessageEvents {
  readonly train: () => void;
  readonly browse: () => void;
  readonly reopen: () => void;
  readonly retry: () => void;
}

export interface Shown {
  readonly state?: MaskingState | undefined;
  readonly content?: MaskingContent | undefined;
  /** Why there is no content. */
  readonly problem?: Problem | undefined;
  /** What went wrong with something that the user asked for. */
  readonly failure?: Problem | undefined;
}

export class Messages {
  readonly element = element('div', { class: 'messages' });
  readonly #events: MessageEvents;
  #shown: Shown = {};

  constructor(events: MessageEvents) {
    this.#events = events;
    this.set({});
  }

  set(change: Shown): void {
    this.#shown = { ...this.#shown, ...change };
    const notices = [...this.#failures(), ...this.#missing()];
    const texts = notices.map(({ textContent }) => textContent).join('\n');
    const before = Array.from(this.element.children, ({ textContent }) => textContent).join('\n');
    if (texts !== before) this.element.replaceChildren(...notices); // an alert that stays is heard once
  }

  #failures(): HTMLElement[] {
    const { failure, problem } = this.#shown;
    const retry = (): HTMLElement => button({ label: 'Try Again', press: this.#events.retry }).element;
    return [
      ...(failure === undefined ? [] : [notice('error', failure)]),
      ...(problem === undefined ? [] : [notice('error', problem, retry())]),
    ];
  }

  #missing(): HTMLElement[] {
    const { state, content, problem } = this.#shown;
    const { train, browse, reopen } = this.#events;
    const notices = [];
    if (state?.place.model === '') {
      const message = 'There is no model yet that fills masks';
      const hint = 'train one: the training view has the objective "Masked tokens"';
      const actions = [
        button({ label: 'Show Training', kind: 'primary', press: train }),
        button({ label: 'Choose a Folder…', press: browse }),
      ];
      notices.push(notice('info', { message, hint }, ...actions.map((action) => action.element)));
    }
    if (state?.closed === true) {
      const seen = content === undefined ? '' : ' What is shown is how it was.';
      const message = `The document ${state.name} is closed.${seen}`;
      notices.push(notice('info', { message }, button({ label: 'Open Again', press: reopen }).element));
    }
    const waits = state !== undefined && state.place.model !== '' && !state.closed;
    if (waits && content === undefined && problem === undefined)
      notices.push(element('p', { class: 'dim' }, 'Looking…'));
    return notices;
  }
}
