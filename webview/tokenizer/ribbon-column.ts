import { element, on, setAttribute } from '../common/dom.ts';
import { chip, tokenName } from './chip.ts';
import type { Rows } from './layout.ts';
import type { TokenColumn } from './token-column.ts';

/** Tokens from the first to before the last. */
export interface TokenRange {
  readonly first: number;
  readonly last: number;
}

const NONE: TokenRange = { first: 0, last: 0 };

export interface ColumnEvents {
  /** The mouse points at a token, or no longer. */
  readonly hover: (index: number | undefined) => void;
  readonly pick: (index: number) => void;
  readonly key: (event: KeyboardEvent) => void;
}

export interface ColumnModel {
  readonly label: string;
  readonly column: TokenColumn;
  readonly rows: Rows;
  readonly ids: boolean;
  /** Of each token: 1 if the other tokenizer does not cut where it ends. */
  readonly alone: Uint8Array | undefined;
}

/** The visible rows of one column: a listbox of tokens with a cursor. */
export class RibbonColumn {
  readonly element = element('div', {
    class: 'column',
    role: 'listbox',
    tabindex: 0,
    'aria-multiselectable': 'true', // what the editor selects may be many tokens
  });
  readonly #name: string;
  readonly #shown = new Map<number, HTMLElement>();
  #model: ColumnModel | undefined;
  #hover = NONE;
  #selected = NONE;
  #cursor: number | undefined;

  constructor(name: string, { hover, pick, key }: ColumnEvents) {
    this.#name = name;
    on(this.element, 'pointerover', (event) => hover(tokenOf(event)));
    on(this.element, 'pointerleave', () => hover(undefined));
    on(this.element, 'click', (event) => {
      const index = tokenOf(event);
      if (index !== undefined) pick(index);
    });
    on(this.element, 'keydown', key);
  }

  setModel(model: ColumnModel): void {
    this.#model = model;
    this.#hover = NONE;
    setAttribute(this.element, 'aria-label', `Tokens of ${model.label}`);
    for (const row of this.#shown.values()) row.remove();
    this.#shown.clear();
  }

  /** Has the rows from the first to before the last in the page, and no others. */
  showRows(first: number, last: number): void {
    for (const [row, shown] of this.#shown) {
      if (row >= first && row < last) continue;
      shown.remove();
      this.#shown.delete(row);
    }
    let next = this.element.firstElementChild;
    for (let row = first; row < last; row++) {
      const known = this.#shown.get(row);
      if (known !== undefined) {
        next = known.nextElementSibling;
        continue;
      }
      const made = this.#makeRow(row);
      this.#shown.set(row, made);
      this.element.insertBefore(made, next);
    }
    this.#tellCursor();
  }

  setHover(range: TokenRange = NONE): void {
    this.#mark('hover', this.#hover, range);
    this.#hover = range;
  }

  setSelected(range: TokenRange): void {
    this.#mark('selected', this.#selected, range);
    this.#selected = range;
  }

  get cursor(): number | undefined {
    return this.#cursor;
  }

  set cursor(index: number | undefined) {
    const range = (at: number | undefined): TokenRange =>
      at === undefined ? NONE : { first: at, last: at + 1 };
    this.#mark('cursor', range(this.#cursor), range(index));
    this.#cursor = index;
    this.#tellCursor();
  }

  /** The first chip of a token, if it is in the page. */
  chipOf(index: number): HTMLElement | null {
    return this.element.querySelector<HTMLElement>(`[data-token="${index}"]`);
  }

  #makeRow(row: number): HTMLElement {
    const host = element('div', { class: 'row', role: 'presentation' });
    const { column, rows, ids, alone } = this.#model!;
    const start = rows.starts[row]!;
    const end = rows.starts[row + 1]!;
    const { first, last } = column.within(start, end);
    for (let index = first; index < last; index++) {
      const from = Math.max(start, column.start(index));
      const made = chip({
        column,
        index,
        from,
        to: Math.min(end, column.end(index)),
        ids,
        cutsAlone: index > 0 && alone?.[index - 1] === 1,
      });
      if (from === column.start(index)) this.#makeOption(made, index);
      else made.ariaHidden = 'true'; // the rest of a token that a row above names
      made.classList.toggle('hover', isIn(this.#hover, index));
      made.classList.toggle('selected', isIn(this.#selected, index));
      made.classList.toggle('cursor', index === this.#cursor);
      host.append(made);
    }
    return host;
  }

  #makeOption(made: HTMLElement, index: number): void {
    const { column } = this.#model!;
    made.id = this.#idOf(index);
    made.role = 'option';
    made.ariaLabel = tokenName(column, index);
    made.ariaSelected = String(isIn(this.#selected, index));
    made.ariaPosInSet = String(index + 1);
    made.ariaSetSize = String(column.count);
  }

  #idOf(index: number): string {
    return `token-${this.#name}-${index}`;
  }

  #mark(name: 'hover' | 'selected' | 'cursor', before: TokenRange, after: TokenRange): void {
    if (before.first === after.first && before.last === after.last) return;
    for (const made of this.element.querySelectorAll<HTMLElement>('.token')) {
      const marked = isIn(after, Number(made.dataset.token));
      made.classList.toggle(name, marked);
      if (name === 'selected' && made.role === 'option') made.ariaSelected = String(marked);
    }
  }

  /** A cursor that is scrolled out of sight is not in the page, and no one may point at it. */
  #tellCursor(): void {
    const index = this.#cursor;
    const shown = index !== undefined && document.getElementById(this.#idOf(index)) !== null;
    setAttribute(this.element, 'aria-activedescendant', shown ? this.#idOf(index) : undefined);
  }
}

function isIn({ first, last }: TokenRange, index: number): boolean {
  return index >= first && index < last;
}

function tokenOf(event: Event): number | undefined {
  const made = event.target instanceof Element ? event.target.closest<HTMLElement>('.token') : null;
  return made === null ? undefined : Number(made.dataset.token);
}
