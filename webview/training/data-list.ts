/** The folders and files to train on. */
import { button, type ButtonControl } from '../common/controls.ts';
import { element, icon, setText, show, uniqueId } from '../common/dom.ts';

export interface DataListOptions {
  readonly add: () => void;
  readonly change: (paths: readonly string[]) => void;
}

export class DataList {
  readonly element: HTMLElement;
  readonly #list = element('ul', { class: 'data-list' });
  readonly #problem = element('div', { class: 'problem', role: 'status', hidden: true });
  readonly #add: ButtonControl;
  readonly #change: DataListOptions['change'];
  #paths: readonly string[] = [];
  #enabled = true;

  constructor({ add, change }: DataListOptions) {
    this.#change = change;
    this.#add = button({ label: 'Add folder…', icon: 'add', press: add });
    const label = element('span', { class: 'label', id: uniqueId('label') }, 'Data');
    this.element = element(
      'div',
      { class: 'field whole', role: 'group', 'aria-labelledby': label.id },
      label,
      this.#list,
      this.#problem,
      this.#add.element,
    );
  }

  update(paths: readonly string[], enabled: boolean): void {
    this.#add.enable(enabled);
    if (enabled === this.#enabled && paths.join('\n') === this.#paths.join('\n')) return;
    this.#paths = paths;
    this.#enabled = enabled;
    this.#list.replaceChildren(...paths.map((path) => this.#item(path)));
    show(this.#list, paths.length > 0);
  }

  setProblem(problem: string | undefined): void {
    setText(this.#problem, problem ?? '');
    show(this.#problem, problem !== undefined);
  }

  focus(): void {
    this.#add.element.focus();
  }

  #item(path: string): HTMLElement {
    const at = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
    const name = path.slice(at + 1) || path;
    const remove = button({
      label: `Remove ${name}`,
      icon: 'close',
      kind: 'icon',
      press: () => {
        this.#change(this.#paths.filter((other) => other !== path));
        this.focus();
      },
    });
    remove.enable(this.#enabled);
    return element(
      'li',
      { title: path },
      icon('folder'),
      element('span', { class: 'data-name' }, name),
      element('span', { class: 'data-place dim' }, path.slice(0, Math.max(0, at))),
      remove.element,
    );
  }
}
