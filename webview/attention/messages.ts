/** What the page has to say beside the pictures: what is missing, what went wrong, how much is shown. */
import {
  closedNotice,
  type NoticeEvents,
  nothingYetNotice,
  problemNotice,
  replaceNotices,
  waitingNotice,
} from '../common/document-notices.ts';
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
  readonly #events: NoticeEvents;
  #shown: Shown = {};

  constructor(events: NoticeEvents) {
    this.#events = events;
    this.set({});
  }

  set(change: Shown): void {
    this.#shown = { ...this.#shown, ...change };
    const notices = [...this.#failureNotices(), ...this.#stateNotices(), ...this.#contentNotices()];
    replaceNotices(this.element, notices);
  }

  #failureNotices(): HTMLElement[] {
    const { failure, problem } = this.#shown;
    return [
      ...(failure === undefined ? [] : [notice('error', failure)]),
      ...(problem === undefined ? [] : [problemNotice(problem, this.#events)]),
    ];
  }

  #stateNotices(): HTMLElement[] {
    const { state, content } = this.#shown;
    const notices = [];
    if (state?.place.model === '') {
      const message = 'There is no model yet whose attention could be shown.';
      notices.push(nothingYetNotice({ message }, 'Train on Workspace', this.#events));
    }
    if (state?.closed === true) {
      const shown = content === undefined ? undefined : 'What is shown is how it was.';
      notices.push(closedNotice(state.name, shown, this.#events));
    }
    return notices;
  }

  #contentNotices(): HTMLElement[] {
    const { state, content, problem, view } = this.#shown;
    if (content === undefined) {
      const waits = state?.place.model !== '' && state?.closed !== true && problem === undefined;
      return waits ? [waitingNotice('Looking…')] : [];
    }
    const { tokens, total } = content.attention;
    if (tokens.length === 0) return [waitingNotice('The text is empty.')];
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
