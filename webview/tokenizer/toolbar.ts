import type { Slot, TokenizerState } from '../protocol/tokenizer.ts';
import { button, checkbox, dropdown, type DropdownControl } from '../common/controls.ts';
import { element, setAttribute } from '../common/dom.ts';

export interface ToolbarEvents {
  readonly choose: (slot: Slot, folder: string) => void;
  readonly browse: (slot: Slot) => void;
  readonly setScope: (scope: 'document' | 'selection') => void;
  readonly setIds: (ids: boolean) => void;
}

/** Which tokenizers, which part of the document, and whether ids are shown. */
export class Toolbar {
  readonly element: HTMLElement;
  readonly #choices: Readonly<Record<Slot, DropdownControl>>;
  readonly #document = button({ label: 'Document', press: () => this.#events.setScope('document') });
  readonly #selection = button({ label: 'Selection', press: () => this.#events.setScope('selection') });
  readonly #events: ToolbarEvents;

  constructor(events: ToolbarEvents, ids: boolean) {
    this.#events = events;
    this.#choices = {
      main: dropdown({ label: 'Tokenizer', input: (folder) => events.choose('main', folder) }),
      other: dropdown({ label: 'Compare with', input: (folder) => events.choose('other', folder) }),
    };
    const idsBox = checkbox({ label: 'Ids', help: 'Show the id below each token', change: events.setIds });
    idsBox.checked = ids;
    setAttribute(this.#selection.element, 'title', 'Show what is selected in the editor now');
    this.element = element(
      'div',
      { class: 'toolbar', role: 'group', 'aria-label': 'What to show' },
      this.#choice('main', 'Tokenizer'),
      this.#choice('other', 'Compare with'),
      element(
        'div',
        { class: 'scope', role: 'group', 'aria-label': 'Part of the document' },
        this.#document.element,
        this.#selection.element,
      ),
      idsBox.element,
    );
  }

  setState({ choices, place }: TokenizerState): void {
    const folders = choices.map(({ folder, label }) => ({ value: folder, label }));
    const none = (label: string) => ({ value: '', label });
    this.#choices.main.setChoices([...(place.main === '' ? [none('None')] : []), ...folders]);
    this.#choices.other.setChoices([none('Nothing'), ...folders]);
    const { main, other } = this.#choices;
    if (!main.focused) main.value = place.main; // it would move under who looks through the list
    if (!other.focused) other.value = place.other;
    this.#document.setPressed(place.range === undefined);
    this.#selection.setPressed(place.range !== undefined);
  }

  /** A list of tokenizers, and beside it a button: a list tells each entry that the arrow keys pass, and opens no dialog. */
  #choice(slot: Slot, label: string): HTMLElement {
    const browse = button({
      label: 'Choose a folder…',
      icon: 'folder-opened',
      kind: 'icon',
      press: () => this.#events.browse(slot),
    });
    return element(
      'div',
      { class: 'choice', role: 'group', 'aria-label': label },
      this.#choices[slot].element,
      browse.element,
    );
  }
}
