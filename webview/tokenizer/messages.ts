/** What the page has to say beside the tokens: what is missing, what went wrong, how much is shown. */
import { button } from '../common/controls.ts';
import { element } from '../common/dom.ts';
import { formatCount } from '../common/format.ts';
import { notice } from '../common/notice.ts';
import type { Problem } from '../protocol/problem.ts';
import type { TokenizerState } from '../protocol/tokenizer.ts';
import type { Contents } from './contents.ts';

export interface MessageEvents {
  readonly train: () => void;
  readonly browse: () => void;
  readonly reopen: () => void;
  readonly retry: () => void;
}

export class Messages {
  readonly element = element('div', { class: 'messages' });
  readonly #events: MessageEvents;
  #state: TokenizerState | undefined;
  #contents: Contents | undefined;
  #failure: Problem | undefined;

  constructor(events: MessageEvents) {
    this.#events = events;
    this.#show();
  }

  setState(state: TokenizerState): void {
    this.#state = state;
    this.#show();
  }

  setContents(contents: Contents): void {
    this.#contents = contents;
    this.#show();
  }

  setFailure(failure: Problem | undefined): void {
    this.#failure = failure;
    this.#show();
  }

  #show(): void {
    const notices = [...this.#failureNotices(), ...this.#stateNotices(), ...this.#contentNotices()];
    const texts = notices.map(({ textContent }) => textContent).join('\n');
    const shown = Array.from(this.element.children, ({ textContent }) => textContent).join('\n');
    if (texts !== shown) this.element.replaceChildren(...notices); // an alert that stays is heard once
  }

  #failureNotices(): HTMLElement[] {
    return this.#failure === undefined ? [] : [notice('error', this.#failure)];
  }

  #stateNotices(): HTMLElement[] {
    if (this.#state === undefined) return [];
    const { place, closed, name } = this.#state;
    const { train, browse, reopen } = this.#events;
    const notices = [];
    if (place.main === '') {
      const message = 'There is no tokenizer yet. A model that you train gets one made for your code.';
      const actions = [
        button({ label: 'Train on Workspace', kind: 'primary', press: train }),
        button({ label: 'Choose a Folder…', press: browse }),
      ];
      notices.push(notice('info', { message }, ...actions.map((action) => action.element)));
    }
    if (closed) {
      const shown = this.#contents === undefined ? '' : ' Its tokens are shown as they were.';
      const message = `The document ${name} is closed.${shown}`;
      notices.push(notice('info', { message }, button({ label: 'Open Again', press: reopen }).element));
    }
    return notices;
  }

  #contentNotices(): HTMLElement[] {
    if (this.#contents === undefined) {
      const waits = this.#state?.place.main !== '' && this.#state?.closed !== true;
      return waits ? [element('p', { class: 'dim' }, 'Tokenizing…')] : [];
    }
    const { content, problems } = this.#contents;
    const retry = (): HTMLElement => button({ label: 'Try Again', press: this.#events.retry }).element;
    const notices = problems.map((problem) => notice('error', problem, retry()));
    const { length } = content.text;
    if (length < content.total) {
      const message = `Only the beginning is shown: ${formatCount(length)} of ${formatCount(content.total)} characters`;
      const hint = 'select a part of the document and press Selection to see its tokens';
      notices.push(notice('warning', { message, hint }));
    }
    if (length === 0) {
      const part = this.#state?.place.range === undefined ? 'document' : 'selection';
      notices.push(element('p', { class: 'dim' }, `The ${part} is empty.`));
    }
    return notices;
  }
}
