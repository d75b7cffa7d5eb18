/** The folders and files to train on, or the files of examples. */
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
  readonly #addFolder: ButtonControl;
  readonly #addFile: ButtonControl;
  readonly #change: DataListOptions['change'];
  #paths: readonly string[] = [];
  #enabled = true;
  #examples = false;

  constructor({ add, change }: DataListOptions) {
    this.#change = change;
    this.#addFolder = button({ label: 'Add folder…', icon: 'add', press: add });
    this.#addFile = button({ label: 'Add file of examples…', icon: 'add', press: add });
    show(this.#addFile.element, false);
    const label = element('span', { class: 'label', id: uniqueId('label') }, 'Data');
    this.element = element(
      'div',
      { class: 'field whole', role: 'group', 'aria-labelledby': label.id },
      label,
      this.#list,
      this.#problem,
      this.#addFolder.element,
      this.#addFile.element,
    );
  }

  /** Whether files of labelled examples are wanted, rather than folders of text. */
  set examples(examples: boolean) {
    if (examples === this.#examples) return;
    this.#examples = examples;
    show(this.#addFolder.element, !examples);
    show(this.#addFile.element, examples);
  }

  /** What is to be said where there is no data. */
  get missing(): string {
    return this.#examples ? 'Add a file of examples to train on' : 'Add a folder to train on';
  }

  update(paths: readonly string[], enabled: boolean): void {
    for (const add of [this.#addFolder, this.#addFile]) add.enable(enabled);
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
    (this.#examples ? this.#addFile : this.#addFolder).element.focus();
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
      icon(this.#examples ? 'file' : 'folder'),
      element('span', { class: 'data-name' }, name),
      element('span', { class: 'data-place dim' }, path.slice(0, Math.max(0, at))),
      remove.element,
    );
  }
}
