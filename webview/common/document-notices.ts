/** What the pages beside a document have to say in the same way. */
import type { Problem } from '../protocol/problem.ts';
import { button } from './controls.ts';
import { element } from './dom.ts';
import { notice } from './notice.ts';

/** What the buttons of notices ask for. */
export interface NoticeEvents {
  readonly train: () => void;
  readonly browse: () => void;
  readonly reopen: () => void;
  readonly retry: () => void;
}

/** Shows notices in the place of the former ones, unless they say the same: an alert that stays is heard once. */
export function replaceNotices(place: HTMLElement, notices: readonly HTMLElement[]): void {
  const texts = notices.map(({ textContent }) => textContent).join('\n');
  const before = Array.from(place.children, ({ textContent }) => textContent).join('\n');
  if (texts !== before) place.replaceChildren(...notices);
}

/** Why the page can not show what it should. */
export function problemNotice(problem: Problem, { retry }: NoticeEvents): HTMLElement {
  return notice('error', problem, button({ label: 'Try Again', press: retry }).element);
}

/** There is nothing to look with; `train` is the label of the way to it. */
export function nothingYetNotice(problem: Problem, train: string, events: NoticeEvents): HTMLElement {
  const actions = [
    button({ label: train, kind: 'primary', press: events.train }),
    button({ label: 'Choose a Folder…', press: events.browse }),
  ];
  return notice('info', problem, ...actions.map((action) => action.element));
}

/** `shown` says what the page shows all the same. */
export function closedNotice(name: string, shown: string | undefined, { reopen }: NoticeEvents): HTMLElement {
  const message = [`The document ${name} is closed.`, shown].filter((part) => part !== undefined).join(' ');
  return notice('info', { message }, button({ label: 'Open Again', press: reopen }).element);
}

export function waitingNotice(text: string): HTMLElement {
  return element('p', { class: 'dim' }, text);
}
