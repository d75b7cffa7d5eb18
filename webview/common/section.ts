/** A part of a page that can be closed, with a heading as VS Code's panes have it. */
import { element, icon, on, uniqueId } from './dom.ts';

export interface SectionOptions {
  readonly title: string;
  /** Hears when the user opens or closes it. */
  readonly toggled: (open: boolean) => void;
}

export class Section {
  readonly element: HTMLDetailsElement;
  readonly body = element('div', { class: 'section-body' });

  constructor({ title, toggled }: SectionOptions, ...content: HTMLElement[]) {
    const heading = element('h2', { id: uniqueId('section') }, title);
    const summary = element('summary', {}, icon('chevron-right'), heading);
    this.body.append(...content);
    this.element = element(
      'details',
      { class: 'section', 'aria-labelledby': heading.id },
      summary,
      this.body,
    );
    // unlike 'toggle', which also tells of what we did ourselves
    on(summary, 'click', () => toggled(!this.element.open));
  }

  set open(open: boolean) {
    if (this.element.open !== open) this.element.open = open;
  }

  get open(): boolean {
    return this.element.open;
  }
}
