/** How text becomes tokens: the model's own way, one learned from the data, or one from a folder. */
import { dropdown, type Field, textField } from '../common/controls.ts';
import { element, show } from '../common/dom.ts';
import { hasSize, kindOf, type TokenizerChoice, tokenizerChoice, tokenizerText } from './tokenizer-choice.ts';

const KINDS = [
  { value: 'default', label: "The model's" },
  { value: 'bpe', label: 'BPE, learned from the data' },
  { value: 'wordpiece', label: 'WordPiece, learned from the data' },
  { value: 'char', label: 'Characters' },
  { value: 'folder', label: "A tokenizer's or model's folder" },
];

export class TokenizerField {
  readonly element: HTMLElement;
  readonly #kind: Field;
  readonly #size: Field;
  readonly #folder: Field;
  readonly #change: () => void;
  #choice: TokenizerChoice = { kind: 'default', size: '8192', folder: '' };

  constructor(change: () => void) {
    this.#change = change;
    const kind = dropdown({
      label: 'Tokenizer',
      help: "What the text is cut into; the model's is BPE or, for BERT, WordPiece of its vocabulary's size, or what its folder holds",
      input: (value) => this.#edit({ kind: kindOf(value) }),
    });
    kind.setChoices(KINDS);
    this.#kind = kind;
    this.#size = textField({
      label: 'Vocabulary',
      help: 'Bytes or characters, merges and special tokens together',
      input: (size) => this.#edit({ size }),
    });
    this.#folder = textField({
      label: "Tokenizer's folder",
      placeholder: 'absolute path',
      input: (folder) => this.#edit({ folder }),
    });
    this.element = element(
      'div',
      { class: 'whole tokenizer' },
      kind.element,
      this.#size.element,
      this.#folder.element,
    );
    this.#show();
  }

  /** As the form has it. */
  get text(): string {
    return tokenizerText(this.#choice).text ?? '';
  }

  set text(text: string) {
    this.#choice = { ...this.#choice, ...tokenizerChoice(text) };
    this.#show();
  }

  /** As it stands in the fields, valid or not. */
  get choice(): TokenizerChoice {
    return this.#choice;
  }

  set choice(choice: TokenizerChoice) {
    this.#choice = choice;
    this.#show();
  }

  get problem(): string | undefined {
    return tokenizerText(this.#choice).problem;
  }

  get focused(): boolean {
    return this.#fields.some((field) => field.focused);
  }

  focus(): void {
    (hasSize(this.#choice.kind) ? this.#size : this.#folder).focus();
  }

  enable(enabled: boolean): void {
    for (const field of this.#fields) field.enable(enabled);
  }

  get #fields(): readonly Field[] {
    return [this.#kind, this.#size, this.#folder];
  }

  #edit(part: Partial<TokenizerChoice>): void {
    this.#choice = { ...this.#choice, ...part };
    this.#show();
    this.#change();
  }

  #show(): void {
    const { kind, size, folder } = this.#choice;
    this.#kind.value = kind;
    this.#size.value = size;
    this.#folder.value = folder;
    show(this.#size.element, hasSize(kind));
    show(this.#folder.element, kind === 'folder');
    this.#size.setProblem(hasSize(kind) ? this.problem : undefined);
    this.#folder.setProblem(kind === 'folder' ? this.problem : undefined);
  }
}
