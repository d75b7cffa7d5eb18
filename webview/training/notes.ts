/** What is worth knowing of a run or a plan and stops nothing: told when asked for. */
import { element, setText, show } from '../common/dom.ts';

export class Notes {
  readonly element: HTMLDetailsElement;
  readonly #title = element('summary');
  readonly #list = element('ul');
  #shown = '';

  constructor() {
    this.element = element('details', { class: 'notes', hidden: true }, this.#title, this.#list);
  }

  update(notes: readonly string[]): void {
    const key = notes.join('\n');
    if (key === this.#shown) return;
    this.#shown = key;
    show(this.element, notes.length > 0);
    setText(this.#title, notes.length === 1 ? '1 note' : `${notes.length} notes`);
    this.#list.replaceChildren(...notes.map((note) => element('li', {}, note)));
  }
}
