/** What the page has to say beside the tokens: what is missing, what went wrong, how much is shown. */
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
import type { Problem } from '../protocol/problem.ts';
import type { TokenizerState } from '../protocol/tokenizer.ts';
import type { Contents } from './contents.ts';

export class Messages {
  readonly element = element('div', { class: 'messages' });
  readonly #events: NoticeEvents;
  #state: TokenizerState | undefined;
  #contents: Contents | undefined;
  #failure: Problem | undefined;

  constructor(events: NoticeEvents) {
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
    replaceNotices(this.element, notices);
  }

  #failureNotices(): HTMLElement[] {
    return this.#failure === undefined ? [] : [notice('error', this.#failure)];
  }

  #stateNotices(): HTMLElement[] {
    if (this.#state === undefined) return [];
    const { place, closed, name } = this.#state;
    const notices = [];
    if (place.main === '') {
      const message = 'There is no tokenizer yet. A model that you train gets one made for your code.';
      notices.push(nothingYetNotice({ message }, 'Train on Workspace', this.#events));
    }
    if (closed) {
      const shown = this.#contents === undefined ? undefined : 'Its tokens are shown as they were.';
      notices.push(closedNotice(name, shown, this.#events));
    }
    return notices;
  }

  #contentNotices(): HTMLElement[] {
    if (this.#contents === undefined) {
      const waits = this.#state?.place.main !== '' && this.#state?.closed !== true;
      return waits ? [waitingNotice('Tokenizing…')] : [];
    }
    const { content, problems } = this.#contents;
    const notices = problems.map((problem) => problemNotice(problem, this.#events));
    const { length } = content.text;
    if (length < content.total) {
      const message = `Only the beginning is shown: ${formatCount(length)} of ${formatCount(content.total)} characters`;
      const hint = 'select a part of the document and press Selection to see its tokens';
      notices.push(notice('warning', { message, hint }));
    }
    if (length === 0) {
      const part = this.#state?.place.range === undefined ? 'document' : 'selection';
      notices.push(waitingNotice(`The ${part} is empty.`));
    }
    return notices;
  }
}
