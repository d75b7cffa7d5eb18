/** What the page has to say beside the tokens: what is missing, what went wrong. */
import {
  closedNotice,
  type NoticeEvents,
  nothingYetNotice,
  problemNotice,
  replaceNotices,
  waitingNotice,
} from '../common/document-notices.ts';
import { element } from '../common/dom.ts';
import { notice } from '../common/notice.ts';
import type { MaskingContent, MaskingState } from '../protocol/masking.ts';
import type { Problem } from '../protocol/problem.ts';

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
  readonly #events: NoticeEvents;
  #shown: Shown = {};

  constructor(events: NoticeEvents) {
    this.#events = events;
    this.set({});
  }

  set(change: Shown): void {
    this.#shown = { ...this.#shown, ...change };
    const notices = [...this.#failures(), ...this.#missing()];
    replaceNotices(this.element, notices);
  }

  #failures(): HTMLElement[] {
    const { failure, problem } = this.#shown;
    return [
      ...(failure === undefined ? [] : [notice('error', failure)]),
      ...(problem === undefined ? [] : [problemNotice(problem, this.#events)]),
    ];
  }

  #missing(): HTMLElement[] {
    const { state, content, problem } = this.#shown;
    const notices = [];
    if (state?.place.model === '') {
      const message = 'There is no model yet that fills masks';
      const hint = 'train one: the training view has the objective "Masked tokens"';
      notices.push(nothingYetNotice({ message, hint }, 'Show Training', this.#events));
    }
    if (state?.closed === true) {
      const shown = content === undefined ? undefined : 'What is shown is how it was.';
      notices.push(closedNotice(state.name, shown, this.#events));
    }
    const waits = state !== undefined && state.place.model !== '' && !state.closed;
    if (waits && content === undefined && problem === undefined) notices.push(waitingNotice('Looking…'));
    return notices;
  }
}
