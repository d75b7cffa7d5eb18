/** A training setting in the form: the control that fits its kind, and its text. */
import { checkbox, dropdown, type Field, textField } from '../common/controls.ts';
import { element } from '../common/dom.ts';
import type { TrainingField } from './fields.ts';

/** `edited` hears of what the user enters; a switch's value is 'true' or 'false'. */
export function formEntry(field: TrainingField, edited: () => void): Field {
  const { label, help } = field;
  switch (field.kind) {
    case 'number':
      return textField({ label, help, input: edited, placeholder: field.placeholder });
    case 'choice': {
      const control = dropdown({ label, help, input: edited });
      control.setChoices(field.choices);
      return control;
    }
    case 'switch': {
      const control = checkbox({ label, help, change: edited });
      return {
        element: element('div', { class: 'field whole' }, control.element),
        get value() {
          return String(control.checked);
        },
        set value(value) {
          control.checked = value === 'true';
        },
        get focused() {
          return document.activeElement === control.element;
        },
        focus: () => control.element.focus(),
        enable: (enabled) => control.enable(enabled),
        setProblem: () => undefined, // both of its values are right
      };
    }
  }
}
