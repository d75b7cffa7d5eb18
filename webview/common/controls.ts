/**
 * The controls of our pages. The only importer of the toolkit: it is no longer developed, and a successor would change
 * this file and controls.css alone.
 */
import {
  type Button,
  type Checkbox,
  type Dropdown,
  type Option,
  provideVSCodeDesignSystem,
  type TextField,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import { element, icon, on, setAttribute, setText, show, uniqueId } from './dom.ts';

provideVSCodeDesignSystem().register(
  vsCodeButton(),
  vsCodeCheckbox(),
  vsCodeDropdown(),
  vsCodeOption(),
  vsCodeTextField(),
);

declare global {
  interface HTMLElementTagNameMap {
    'vscode-button': Button;
    'vscode-checkbox': Checkbox;
    'vscode-dropdown': Dropdown;
    'vscode-option': Option;
    'vscode-text-field': TextField;
  }
}

export interface ButtonOptions {
  readonly label: string;
  /** Of VS Code's set. */
  readonly icon?: string;
  /** 'icon' shows the icon alone; the label is its name and tooltip. Default 'secondary'. */
  readonly kind?: 'primary' | 'secondary' | 'icon';
  readonly press: () => void;
}

export interface ButtonControl {
  readonly element: HTMLElement;
  enable(enabled: boolean): void;
  /** Changes whether it is what one would press next. */
  setPrimary(primary: boolean): void;
  /** Of a button that switches something on and off. */
  setPressed(pressed: boolean): void;
}

export function button({ label, icon: image, kind = 'secondary', press }: ButtonOptions): ButtonControl {
  const alone = kind === 'icon';
  // the name comes first: an icon button without one is named "Icon Button" by the toolkit
  const named = alone ? { 'aria-label': label, title: label } : {};
  const host = element('vscode-button', { ...named, appearance: kind });
  if (image !== undefined) host.append(icon(image));
  if (!alone) host.append(label);
  on(host, 'click', () => {
    if (!host.disabled) press();
  });
  return {
    element: host,
    enable: (enabled) => {
      if (host.disabled === enabled) host.disabled = !enabled;
    },
    setPrimary: (primary) => setAttribute(host, 'appearance', primary ? 'primary' : 'secondary'),
    setPressed: (pressed) => setAttribute(host, 'aria-pressed', String(pressed)),
  };
}

/** A button that shows no more than its icon. */
export function iconButton(label: string, icon: string, press: () => void): HTMLElement {
  return button({ label, icon, kind: 'icon', press }).element;
}

export interface FieldOptions {
  readonly label: string;
  /** What it is for: a tooltip, and a description for screen readers. */
  readonly help?: string;
  /** Hears every value that the user enters. */
  readonly input?: (value: string) => void;
}

export interface Field {
  readonly element: HTMLElement;
  value: string;
  /** Whether the user is in it. */
  readonly focused: boolean;
  focus(): void;
  enable(enabled: boolean): void;
  /** Shows what is wrong with the value, or nothing. */
  setProblem(problem: string | undefined): void;
}

export interface TextFieldOptions extends FieldOptions {
  readonly placeholder?: string;
  /** Whether the label is only for screen readers. */
  readonly quiet?: boolean;
}

export function textField({ label, help, input, placeholder, quiet = false }: TextFieldOptions): Field {
  const host = element('vscode-text-field', { placeholder });
  host.append(quiet ? element('span', { class: 'visually-hidden' }, label) : label);
  const problem = problemLine();
  const describe = (): void => {
    // the input is in the control's shadow, where ids of ours do not reach; it is there once the control is shown
    const inner = host.shadowRoot?.querySelector('input');
    const description = [problem.textContent, help]
      .filter((text) => text !== undefined && text !== '')
      .join('. ');
    if (inner) setAttribute(inner, 'aria-description', description === '' ? undefined : description);
  };
  on(host, 'focusin', describe);
  on(host, 'input', () => input?.(host.value));
  return {
    element: block(help, quiet, host, problem),
    get value() {
      return host.value;
    },
    set value(value) {
      if (host.value !== value) host.value = value;
    },
    get focused() {
      return document.activeElement === host;
    },
    focus: () => host.focus(),
    enable: (enabled) => void (host.disabled = !enabled),
    setProblem: (text) => {
      tell(problem, text);
      setAttribute(host, 'aria-invalid', text === undefined ? undefined : 'true');
      describe();
    },
  };
}

export interface Choice {
  readonly value: string;
  readonly label: string;
}

export interface DropdownControl extends Field {
  setChoices(choices: readonly Choice[]): void;
}

export function dropdown({ label, help, input }: FieldOptions): DropdownControl {
  const name = element('span', { id: uniqueId('label'), class: 'label' }, label);
  const host = element('vscode-dropdown', { 'aria-labelledby': name.id, 'aria-description': help });
  const problem = problemLine();
  let choices: readonly Choice[] = [];
  let chosen = '';
  const select = (): void => {
    if (host.value !== chosen) host.value = chosen;
  };
  on(name, 'click', () => host.focus());
  on(host, 'change', () => {
    chosen = host.value;
    input?.(chosen);
  });
  return {
    element: block(help, false, name, host, problem),
    get value() {
      return chosen;
    },
    set value(value) {
      chosen = value;
      select();
    },
    setChoices: (next) => {
      if (JSON.stringify(next) === JSON.stringify(choices)) return;
      choices = next;
      host.replaceChildren(
        ...next.map((choice) => element('vscode-option', { value: choice.value }, choice.label)),
      );
      // the control learns of its options a moment later
      requestAnimationFrame(select);
    },
    get focused() {
      return document.activeElement === host;
    },
    focus: () => host.focus(),
    enable: (enabled) => void (host.disabled = !enabled),
    setProblem: (text) => {
      tell(problem, text);
      setAttribute(host, 'aria-invalid', text === undefined ? undefined : 'true');
    },
  };
}

export interface CheckboxControl {
  readonly element: HTMLElement;
  checked: boolean;
  enable(enabled: boolean): void;
}

export interface CheckboxOptions {
  readonly label: string;
  readonly help?: string;
  readonly change: (checked: boolean) => void;
}

export function checkbox({ label, help, change }: CheckboxOptions): CheckboxControl {
  const host = element('vscode-checkbox', { title: help }, label);
  let told = false;
  on(host, 'change', () => {
    if (host.checked === told) return;
    told = host.checked;
    change(told);
  });
  return {
    element: host,
    get checked() {
      return host.checked;
    },
    set checked(checked) {
      told = checked; // the control tells of every change, ours too
      host.checked = checked;
    },
    enable: (enabled) => void (host.disabled = !enabled),
  };
}

export interface SliderOptions {
  readonly label: string;
  readonly help?: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly value: number;
  readonly format: (value: number) => string;
  readonly input: (value: number) => void;
}

/** The toolkit has none: the browser's own, in the theme's colours. */
export function slider({ label, help, min, max, step, value, format, input }: SliderOptions): HTMLElement {
  const range = element('input', { type: 'range', min, max, step });
  range.valueAsNumber = value;
  const shown = element('span', { class: 'slider-value', 'aria-hidden': 'true' });
  const tellValue = (): void => {
    setText(shown, format(range.valueAsNumber));
    setAttribute(range, 'aria-valuetext', format(range.valueAsNumber));
  };
  on(range, 'input', () => {
    tellValue();
    input(range.valueAsNumber);
  });
  tellValue();
  return element('label', { class: 'slider', title: help }, element('span', {}, label), range, shown);
}

function block(help: string | undefined, quiet: boolean, ...children: HTMLElement[]): HTMLElement {
  return element('div', { class: quiet ? 'field quiet' : 'field', title: help }, ...children);
}

/** Under a field, heard when it changes. */
function problemLine(): HTMLElement {
  return element('div', { class: 'problem', role: 'status', hidden: true });
}

function tell(line: HTMLElement, text: string | undefined): void {
  setText(line, text ?? '');
  show(line, text !== undefined);
}
