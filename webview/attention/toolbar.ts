import {
  button,
  type ButtonControl,
  checkbox,
  type CheckboxControl,
  dropdown,
  type DropdownControl,
  type Field,
  iconButton,
  slider,
  textField,
} from '../common/controls.ts';
import { element, show } from '../common/dom.ts';
import type { AttentionPageState, AttentionState, View } from '../protocol/attention.ts';

export interface ToolbarEvents {
  readonly choose: (folder: string) => void;
  readonly browse: () => void;
  readonly retry: () => void;
  readonly setView: (view: View) => void;
  readonly setShare: (share: number) => void;
  readonly setMute: (mute: boolean) => void;
  readonly setDifference: (difference: boolean) => void;
  readonly setSecond: (text: string) => void;
  readonly chooseAll: () => void;
  readonly exportPng: () => void;
  readonly exportJson: () => void;
}

/** Which model, how its weights are shown, and what can be saved. */
export class Toolbar {
  readonly element: HTMLElement;
  readonly #model: DropdownControl;
  readonly #views: Readonly<Record<View, ButtonControl>>;
  readonly #second: Field;
  readonly #mute: CheckboxControl;
  readonly #difference: CheckboxControl;

  constructor(events: ToolbarEvents, { share, mute, view }: AttentionPageState) {
    this.#model = dropdown({ label: 'Model', input: events.choose });
    this.#second = textField({
      label: 'Second text',
      help: 'What follows the text in the same input',
      input: events.setSecond,
    });
    this.#views = {
      map: button({ label: 'Map', press: () => events.setView('map') }),
      lines: button({ label: 'Lines', press: () => events.setView('lines') }),
    };
    this.#mute = checkbox({
      label: 'Mute special tokens',
      help: 'Leaves out special tokens, and the first token of a GPT, where attention goes that is not needed',
      change: events.setMute,
    });
    this.#mute.checked = mute;
    this.#difference = checkbox({
      label: 'Base minus adapter',
      help: 'Shows how the weights of the base differ from those of its adapter',
      change: events.setDifference,
    });
    this.setView(view);
    const shareSlider = slider({
      label: 'Share shown',
      help: 'Keeps the largest weights of each row that together hold this share of its attention',
      ...{ min: 5, max: 100, step: 5, value: share },
      format: (value) => `${value} %`,
      input: events.setShare,
    });
    this.element = element(
      'div',
      { class: 'toolbar', role: 'group', 'aria-label': 'What to show' },
      element(
        'div',
        { class: 'choice', role: 'group', 'aria-label': 'Model' },
        this.#model.element,
        iconButton('Choose a folder…', 'folder-opened', events.browse),
        iconButton('Look again', 'refresh', events.retry),
      ),
      element(
        'div',
        { class: 'scope', role: 'group', 'aria-label': 'View' },
        this.#views.map.element,
        this.#views.lines.element,
      ),
      button({ label: 'All Heads', press: events.chooseAll }).element,
      shareSlider,
      this.#mute.element,
      this.#difference.element,
      element(
        'div',
        { class: 'exports', role: 'group', 'aria-label': 'Save' },
        iconButton('Save as PNG…', 'file-media', events.exportPng),
        iconButton('Save as JSON…', 'json', events.exportJson),
      ),
      this.#second.element,
    );
    this.#second.element.classList.add('second');
    this.setPairs(false);
    this.setBase(undefined);
  }

  setState({ choices, place }: AttentionState): void {
    const folders = choices.map(({ folder, label }) => ({ value: folder, label }));
    this.#model.setChoices([...(place.model === '' ? [{ value: '', label: 'None' }] : []), ...folders]);
    if (!this.#model.focused) this.#model.value = place.model; // it would move under who looks through the list
    this.#difference.checked = place.difference;
    if (!this.#second.focused) this.#second.value = place.second;
  }

  setView(view: View): void {
    this.#views.map.setPressed(view === 'map');
    this.#views.lines.setPressed(view === 'lines');
  }

  /** The base of the model, where it is an adapter. */
  setBase(base: string | undefined): void {
    show(this.#difference.element, base !== undefined);
  }

  /** Whether the model takes a second text. */
  setPairs(pairs: boolean): void {
    show(this.#second.element, pairs);
  }
}
