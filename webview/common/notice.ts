/** Messages in the page. */
import type { Problem } from '../protocol/problem.ts';
import { element, icon, setAttribute } from './dom.ts';
import { sentence } from './format.ts';

export type NoticeKind = 'error' | 'warning' | 'info';

const KINDS: Readonly<Record<NoticeKind, { icon: string; name: string }>> = {
  error: { icon: 'error', name: 'Error' },
  warning: { icon: 'warning', name: 'Warning' },
  info: { icon: 'info', name: 'Note' },
};

/** A message, what to try, and buttons for it. */
export function notice(kind: NoticeKind, { message, hint }: Problem, ...actions: HTMLElement[]): HTMLElement {
  const { icon: image, name } = KINDS[kind];
  return element(
    'div',
    { class: `notice ${kind}`, role: kind === 'error' ? 'alert' : 'note', 'aria-label': name },
    icon(image),
    element(
      'div',
      {},
      element('p', {}, sentence(message)),
      hint === undefined ? undefined : element('p', { class: 'hint' }, sentence(hint)),
    ),
    actions.length === 0 ? undefined : element('div', { class: 'actions' }, ...actions),
  );
}

/** One that is said by other means: an alert would say it once more, and again whenever the view is shown. */
export function quietNotice(kind: NoticeKind, problem: Problem): HTMLElement {
  const made = notice(kind, problem);
  setAttribute(made, 'role', 'note');
  return made;
}

/** A place for messages that come and go; it touches the page only when they change. */
export class NoticePlace {
  readonly element = element('div', { class: 'notices' });
  #shown = '';

  /** `key` says whether it is the message that is there already. */
  show(key: string, make: () => HTMLElement): void {
    if (key === this.#shown) return;
    this.#shown = key;
    this.element.replaceChildren(make());
  }

  clear(): void {
    this.#shown = '';
    this.element.replaceChildren();
  }
}
