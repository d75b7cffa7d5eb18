import type { Slot, TokenizerPlace, TokenizerState } from '../protocol/tokenizer.ts';
import { button, checkbox, dropdown, type DropdownControl } from '../common/controls.ts';
import { element, setAttribute } from '../common/dom.ts';

export interface ToolbarEvents {
  readonly choose: (slot: Slot, folder: string) => void;
  readonly browse: (slot: Slot) => void;
  readonly setScope: (scope: 'document' | 'selection') => void;
  readonly setIds: (ids: boolean) => void;
}

/** No folder is called so. */
const BROWSE = '\0browse';

/** Which tokenizers, which part of the document, and whether ids are shown. */
export class Toolbar {
  readonly element: HTMLElement;
  readonly #choices: Readonly<Record<Slot, DropdownControl>>;
  readonly #document = button({ label: 'Document', press: () => this.#events.setScope('document') });
  readonly #selection = button({ label: 'Selection', press: () => this.#events.setScope('selection') });
  readonly #events: ToolbarEvents;
  #place: TokenizerPlace | undefined;

  constructor(events: ToolbarEvents, ids: boolean) {
    this.#events = events;
    this.#choices = {
      main: this.#dropdown('main', 'Tokenizer'),
      other: this.#dropdown('other', 'Compare with'),
    };
    const idsBox = checkbox({ label: 'Ids', help: 'Show the id below each token', change: events.setIds });
    idsBox.checked = ids;
    setAttribute(this.#selection.element, 'title', 'Show what is selected in the editor now');
    this.element = element(
      'div',
      { class: 'toolbar', role: 'group', 'aria-label': 'What to show' },
      this.#choices.main.element,
      this.#choices.other.element,
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
    this.#place = place;
    const folders = choices.map(({ folder, label }) => ({ value: folder, label }));
    const browse = { value: BROWSE, label: 'Choose a folder…' };
    const none = (label: string) => ({ value: '', label });
    this.#choices.main.setChoices([...(place.main === '' ? [none('None')] : []), ...folders, browse]);
    this.#choices.other.setChoices([none('Nothing'), ...folders, browse]);
    this.#choices.main.value = place.main;
    this.#choices.other.value = place.other;
    this.#document.setPressed(place.range === undefined);
    this.#selection.setPressed(place.range !== undefined);
  }

  #dropdown(slot: Slot, label: string): DropdownControl {
    const control: DropdownControl = dropdown({
      label,
      input: (value) => {
        if (value === BROWSE) {
          control.value = this.#place?.[slot] ?? '';
          this.#events.browse(slot);
        } else this.#events.choose(slot, value);
      },
    });
    return control;
  }
}
