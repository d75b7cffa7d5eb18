/** What the page has to say beside the pictures: what is missing, what went wrong, how much is shown. */
import { button } from '../common/controls.ts';
import { element } from '../common/dom.ts';
import { formatCount } from '../common/format.ts';
import { notice } from '../common/notice.ts';
import {
  type AttentionContent,
  type AttentionState,
  MOST_LINE_TOKENS,
  type View,
} from '../protocol/attention.ts';
import type { Problem } from '../protocol/problem.ts';

export interface MessageEvents {
  readonly train: () => void;
  readonly browse: () => void;
  readonly reopen: () => void;
  readonly retry: () => void;
}

export interface Shown {
  readonly state?: AttentionState | undefined;
  readonly content?: AttentionContent | undefined;
  /** Why there is no content. */
  readonly problem?: Problem | undefined;
  /** What went wrong with something that the user asked for. */
  readonly failure?: Problem | undefined;
  readonly view?: View | undefined;
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
    const notices = [...this.#failureNotices(), ...this.#stateNotices(), ...this.#contentNotices()];
    const texts = notices.map(({ textContent }) => textContent).join('\n');
    const before = Array.from(this.element.children, ({ textContent }) => textContent).join('\n');
    if (texts !== before) this.element.replaceChildren(...notices); // an alert that stays is heard once
  }

  #failureNotices(): HTMLElement[] {
    const { failure, problem } = this.#shown;
    const retry = (): HTMLElement => button({ label: 'Try Again', press: this.#events.retry }).element;
    return [
      ...(failure === undefined ? [] : [notice('error', failure)]),
      ...(problem === undefined ? [] : [notice('error', problem, retry())]),
    ];
  }

  #stateNotices(): HTMLElement[] {
    const { state, content } = this.#shown;
    const { train, browse, reopen } = this.#events;
    const notices = [];
    if (state?.place.model === '') {
      const message = 'There is no model yet whose attention could be shown.';
      const actions = [
        button({ label: 'Train on Workspace', kind: 'primary', press: train }),
        button({ label: 'Choose a Folder…', press: browse }),
      ];
      notices.push(notice('info', { message }, ...actions.map((action) => action.element)));
    }
    if (state?.closed === true) {
      const seen = content === undefined ? '' : ' What is shown is how it was.';
      const message = `The document ${state.name} is closed.${seen}`;
      notices.push(notice('info', { message }, button({ label: 'Open Again', press: reopen }).element));
    }
    return notices;
  }

  #contentNotices(): HTMLElement[] {
    const { state, content, problem, view } = this.#shown;
    if (content === undefined) {
      const waits = state?.place.model !== '' && state?.closed !== true && problem === undefined;
      return waits ? [element('p', { class: 'dim' }, 'Looking…')] : [];
    }
    const { tokens, total } = content.attention;
    if (tokens.length === 0) return [element('p', { class: 'dim' }, 'The text is empty.')];
    const notices = [];
    if (tokens.length < total) {
      const message = `Only the beginning is shown: ${formatCount(tokens.length)} of ${formatCount(total)} tokens`;
      const hint = 'the model sees no more at once, or the page would not hold it; select a shorter text';
      notices.push(notice('warning', { message, hint }));
    }
    if (view === 'lines' && tokens.length > MOST_LINE_TOKENS) {
      const message = `Lines are drawn for texts of at most ${MOST_LINE_TOKENS} tokens; this one has ${tokens.length}`;
      notices.push(notice('info', { message, hint: 'select a shorter text, or look at the map' }));
    }
    return notices;
  }
}
