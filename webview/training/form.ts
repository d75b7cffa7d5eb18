/** The form of a new run. The host keeps it; texts that are not valid stay with the page. */
import { dropdown, type Field } from '../common/controls.ts';
import { element, setText, show } from '../common/dom.ts';
import { formatCount, formatShort } from '../common/format.ts';
import { Section } from '../common/section.ts';
import { isLabelled, OBJECTIVE_LABELS, OBJECTIVES } from '../protocol/objectives.ts';
import type { Setup, TrainingForm } from '../protocol/training.ts';
import type { Actions } from './actions.ts';
import { DataList } from './data-list.ts';
import {
  ADVANCED_FIELDS,
  BASIC_FIELDS,
  type FieldGroup,
  fieldText,
  type FieldValue,
  isFor,
  parseField,
  TRAINING_FIELDS,
  type TrainingField,
} from './fields.ts';
import { formEntry } from './form-entry.ts';
import type { Memory } from './page-state.ts';
import { TokenizerField } from './tokenizer-field.ts';

/** All weights, or an adapter of so many rows. */
const ADAPTER_CHOICES = [
  { value: '0', label: 'All weights of the model' },
  ...[4, 8, 16, 32, 64].map((rank) => ({ value: String(rank), label: `Adapter (LoRA) of rank ${rank}` })),
];

/** The user types; the host hears of it when they rest. */
const REST_MS = 300;

export class RunForm {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #memory: Memory;
  readonly #objective: ReturnType<typeof dropdown>;
  readonly #data: DataList;
  readonly #model: ReturnType<typeof dropdown>;
  readonly #adapter: ReturnType<typeof dropdown>;
  readonly #provider: ReturnType<typeof dropdown>;
  readonly #tokenizer: TokenizerField;
  readonly #entries: ReadonlyMap<string, Field>;
  readonly #groups: readonly { readonly group: FieldGroup; readonly element: HTMLElement }[];
  readonly #advanced: Section;
  readonly #tokens = element('p', { class: 'whole dim numbers' });
  #setup: Setup | undefined;
  #paths: readonly string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<boolean> | undefined;

  constructor(actions: Actions, memory: Memory) {
    this.#actions = actions;
    this.#memory = memory;
    const edited = (): void => this.#edited();
    this.#objective = dropdown({
      label: 'Objective',
      help: 'What the model learns: to write (GPT), or to read (BERT)',
      input: (value) => this.#chooseObjective(value),
    });
    this.#objective.setChoices(OBJECTIVES.map((value) => ({ value, label: OBJECTIVE_LABELS[value] })));
    this.#data = new DataList({
      add: () => actions.ask('chooseData'),
      change: (paths) => {
        this.#paths = paths;
        this.#data.update(paths, true);
        this.#edited();
      },
    });
    this.#model = dropdown({
      label: 'Model',
      help: 'A size to train anew, or a model to go on with',
      input: edited,
    });
    this.#adapter = dropdown({
      label: 'Weights',
      help: 'What training changes: the weights of the model, or those of a small adapter (LoRA) beside them',
      input: edited,
    });
    this.#adapter.setChoices(ADAPTER_CHOICES);
    this.#tokenizer = new TokenizerField(edited);
    if (memory.value.tokenizer !== undefined) this.#tokenizer.choice = memory.value.tokenizer;
    this.#provider = dropdown({
      label: 'Device',
      help: 'What computes; auto takes the fastest that works',
      input: edited,
    });
    this.#entries = new Map(TRAINING_FIELDS.map((field) => [field.name, formEntry(field, edited)]));
    this.#groups = ADVANCED_FIELDS.map((group) => ({ group, element: this.#group(group) }));
    this.#advanced = new Section(
      {
        title: 'Advanced',
        toggled: (open) => memory.change({ open: { ...memory.value.open, advanced: open } }),
      },
      ...this.#groups.map((group) => group.element),
    );
    this.#advanced.element.classList.add('whole', 'nested');
    this.#advanced.open = memory.value.open.advanced ?? false;
    this.element = element(
      'form',
      { class: 'form-grid', 'aria-label': 'New run' },
      whole(this.#objective),
      this.#data.element,
      whole(this.#model),
      whole(this.#adapter),
      this.#tokenizer.element,
      ...BASIC_FIELDS.map(({ name }) => this.#entries.get(name)!.element),
      this.#provider.element,
      this.#tokens,
      this.#advanced.element,
    );
    this.element.addEventListener('submit', (event) => event.preventDefault());
    addEventListener('pagehide', () => {
      if (this.#timer !== undefined) this.#sendNow();
    });
  }

  /** Shows the host's form, but for what the user is at. */
  update(setup: Setup, enabled: boolean): void {
    this.#setup = setup;
    this.#showFields();
    // a list that is written to starts anew under the user who moves in it
    if (!this.#model.focused) this.#model.setChoices(modelChoices(setup));
    if (!this.#provider.focused) this.#provider.setChoices(setup.providers);
    if (this.#timer === undefined && this.#sending === undefined) this.#showForm(setup.form);
    this.#data.examples = isLabelled(setup.form.objective);
    this.#data.update(this.#paths, enabled);
    const choices = [this.#objective, this.#model, this.#adapter, this.#provider, this.#tokenizer];
    for (const field of [...this.#entries.values(), ...choices]) field.enable(enabled);
    this.#check();
  }

  /**
   * Tells the host what it has not heard yet. False for a form that did not come there, and, with the focus where it is
   * wrong, for one that can not run.
   */
  async send(): Promise<boolean> {
    const wrong = this.#check();
    if (wrong === undefined && this.#paths.length === 0) this.#data.setProblem(this.#data.missing);
    if (wrong !== undefined || this.#paths.length === 0) {
      if (wrong !== undefined && !isBasic(wrong)) this.#advanced.open = true;
      (wrong === undefined ? this.#data : this.#fieldOf(wrong)).focus();
      return false;
    }
    if (this.#timer !== undefined) this.#sendNow();
    return (await this.#sending) ?? true;
  }

  #fieldOf(name: string): { focus(): void } {
    return this.#entries.get(name) ?? this.#tokenizer;
  }

  #group({ title, fields }: FieldGroup): HTMLElement {
    return element(
      'fieldset',
      { class: 'form-grid' },
      element('legend', {}, title),
      ...fields.map(({ name }) => this.#entries.get(name)!.element),
    );
  }

  /** Another form comes: what was entered into this one is told first, and what is not valid in it is let go. */
  #chooseObjective(value: string): void {
    const objective = OBJECTIVES.find((name) => name === value);
    if (objective === undefined) return;
    if (this.#timer !== undefined) this.#sendNow();
    this.#memory.change({ invalid: {}, tokenizer: undefined });
    this.#tokenizer.text = '';
    void this.#actions.setObjective(objective);
  }

  /** Those that say something about the objective. */
  #showFields(): void {
    for (const field of TRAINING_FIELDS) show(this.#entries.get(field.name)!.element, this.#isShown(field));
    for (const { group, element } of this.#groups) {
      show(
        element,
        group.fields.some((field) => this.#isShown(field)),
      );
    }
  }

  #isShown(field: TrainingField): boolean {
    return isFor(field, this.#setup?.form.objective ?? 'clm');
  }

  #showForm({ objective, data, model, adapterRank = 0, tokenizer, provider, training }: TrainingForm): void {
    if (!this.#objective.focused) this.#objective.value = objective;
    this.#paths = data;
    if (!this.#model.focused) this.#model.value = model;
    if (!this.#adapter.focused) this.#adapter.value = String(adapterRank);
    if (!this.#provider.focused) this.#provider.value = provider;
    if (!this.#tokenizer.focused && this.#tokenizer.problem === undefined) this.#tokenizer.text = tokenizer;
    for (const field of TRAINING_FIELDS) {
      const entry = this.#entries.get(field.name)!;
      if (!entry.focused)
        entry.value = this.#memory.value.invalid[field.name] ?? fieldText(field, training[field.name]);
    }
  }

  #edited(): void {
    this.#check();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#sendNow(), REST_MS);
  }

  #sendNow(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const sending = this.#actions.setForm(this.#form()).finally(() => {
      if (this.#sending === sending) this.#sending = undefined;
    });
    this.#sending = sending;
  }

  /** As it is to be kept: with the last value of a field whose text is not valid. */
  #form(): TrainingForm {
    const kept = this.#setup!.form;
    const values = TRAINING_FIELDS.map((field) => {
      const { name } = field;
      const { problem, value } = this.#parse(name);
      const isKept = problem !== undefined || !this.#isShown(field);
      return [name, isKept ? kept.training[name] : value] as const;
    });
    return {
      objective: kept.objective,
      data: [...this.#paths],
      model: this.#model.value,
      adapterRank: Number(this.#adapter.value),
      tokenizer: this.#tokenizer.problem === undefined ? this.#tokenizer.text : kept.tokenizer,
      provider: this.#provider.value,
      training: Object.fromEntries(values.filter(isKnown)),
    };
  }

  #parse(name: string): ReturnType<typeof parseField> {
    const field = TRAINING_FIELDS.find((each) => each.name === name)!;
    const max = name === 'context' ? this.#modelContext : undefined;
    return parseField(field, this.#entries.get(name)!.value, max);
  }

  get #chosen(): Setup['models'][number] | undefined {
    return this.#setup?.models.find(({ value }) => value === this.#model.value);
  }

  get #modelContext(): number | undefined {
    return this.#chosen?.context;
  }

  /** Shows what is wrong; gives the first field that is. */
  #check(): string | undefined {
    const invalid: Record<string, string> = {};
    for (const field of TRAINING_FIELDS.filter((each) => this.#isShown(each))) {
      const { name } = field;
      const entry = this.#entries.get(name)!;
      const { problem } = this.#parse(name);
      entry.setProblem(problem);
      if (problem !== undefined) invalid[name] = entry.value;
    }
    const { problem, choice } = this.#tokenizer;
    show(this.#adapter.element, this.#chosen?.pretrained === true);
    this.#remember({ invalid, tokenizer: problem === undefined ? undefined : choice });
    if (this.#paths.length > 0) this.#data.setProblem(undefined);
    this.#countTokens();
    return problem === undefined ? Object.keys(invalid)[0] : 'tokenizer';
  }

  /** What is not valid, which the host does not keep. */
  #remember(texts: Pick<Memory['value'], 'invalid' | 'tokenizer'>): void {
    const { invalid, tokenizer } = this.#memory.value;
    if (JSON.stringify(texts) !== JSON.stringify({ invalid, tokenizer })) this.#memory.change(texts);
  }

  #countTokens(): void {
    const number = (name: string): number => Number(this.#entries.get(name)!.value || Number.NaN);
    const context = this.#entries.get('context')!.value === '' ? this.#modelContext : number('context');
    const step = number('batch') * number('accumulate') * (context ?? Number.NaN);
    const run = step * number('steps');
    const known = Number.isFinite(run) && run > 0;
    setText(
      this.#tokens,
      known ? `${formatCount(step)} tokens a step, ${formatShort(run)} in the whole run` : ' ',
    );
  }
}

function isKnown(entry: readonly [string, FieldValue | undefined]): entry is [string, FieldValue] {
  return entry[1] !== undefined;
}

function whole({ element }: Field): HTMLElement {
  element.classList.add('whole');
  return element;
}

function isBasic(name: string): boolean {
  return name === 'tokenizer' || BASIC_FIELDS.some((field) => field.name === name);
}

function modelChoices({ models, form }: Setup): { value: string; label: string }[] {
  const choices = models.map(({ value, label, parameters, context }) => ({
    value,
    label: `${label} (${formatShort(parameters)}, context ${formatCount(context)})`,
  }));
  const known = choices.some(({ value }) => value === form.model);
  return known || form.model === '' ? choices : [...choices, { value: form.model, label: form.model }];
}
