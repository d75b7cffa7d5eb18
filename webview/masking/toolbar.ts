import { button, checkbox, dropdown, type DropdownControl, iconButton } from '../common/controls.ts';
import { element, setAttribute } from '../common/dom.ts';
import type { MaskingState } from '../protocol/masking.ts';

export interface ToolbarEvents {
  readonly choose: (folder: string) => void;
  readonly browse: () => void;
  readonly setScope: (scope: 'document' | 'selection') => void;
  readonly reseed: () => void;
  readonly retry: () => void;
  readonly setTable: (table: boolean) => void;
}

/** Which model, which part of the document, and which masks. */
export class Toolbar {
  readonly element: HTMLElement;
  readonly #model: DropdownControl;
  readonly #document = button({ label: 'Document', press: () => this.#events.setScope('document') });
  readonly #selection = button({ label: 'Selection', press: () => this.#events.setScope('selection') });
  readonly #events: ToolbarEvents;

  constructor(events: ToolbarEvents, table: boolean) {
    this.#events = events;
    this.#model = dropdown({ label: 'Model', input: events.choose });
    const tableBox = checkbox({
      label: 'Table',
      help: 'Show the chosen tokens as a table',
      change: events.setTable,
    });
    tableBox.checked = table;
    setAttribute(this.#selection.element, 'title', 'Show what is selected in the editor now');
    const other = button({ label: 'Other masks', icon: 'arrow-swap', kind: 'primary', press: events.reseed });
    this.element = element(
      'div',
      { class: 'toolbar', role: 'group', 'aria-label': 'What to show' },
      this.#choice(),
      element(
        'div',
        { class: 'scope', role: 'group', 'aria-label': 'Part of the document' },
        this.#document.element,
        this.#selection.element,
      ),
      other.element,
      tableBox.element,
    );
  }

  setState({ choices, place }: MaskingState): void {
    const folders = choices.map(({ folder, label }) => ({ value: folder, label }));
    this.#model.setChoices([...(place.model === '' ? [{ value: '', label: 'None' }] : []), ...folders]);
    if (!this.#model.focused) this.#model.value = place.model; // it would move under who looks through the list
    this.#document.setPressed(place.range === undefined);
    this.#selection.setPressed(place.range !== undefined);
  }

  /** A list tells each entry that the arrow keys pass, and opens no dialog: there is a button beside it. */
  #choice(): HTMLElement {
    const browse = iconButton('Choose a folder…', 'folder-opened', () => this.#events.browse());
    const again = iconButton('Look again', 'refresh', () => this.#events.retry());
    return element(
      'div',
      { class: 'choice', role: 'group', 'aria-label': 'Model' },
      this.#model.element,
      browse,
      again,
    );
  }
}
