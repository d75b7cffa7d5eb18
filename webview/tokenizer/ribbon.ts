/** The text as coloured tokens: one column a tokenizer, line numbers, and only the rows in sight in the page. */
import type { Range, Slot } from '../protocol/tokenizer.ts';
import { element, on, show } from '../common/dom.ts';
import type { BoundaryComparison } from './boundaries.ts';
import { moved } from './cursor.ts';
import { layOut, type Rows, rowOf } from './layout.ts';
import { type Measured, measureTokens } from './metrics.ts';
import { RibbonColumn } from './ribbon-column.ts';
import { Scroller } from './scroller.ts';
import type { TokenColumn } from './token-column.ts';

export interface RibbonColumnModel {
  readonly slot: Slot;
  readonly label: string;
  readonly column: TokenColumn;
}

export interface RibbonModel {
  /** One or two, of the same text. */
  readonly columns: readonly RibbonColumnModel[];
  readonly boundaries: BoundaryComparison | undefined;
  /** Of the document, that the text begins in, from 0. */
  readonly firstLine: number;
  readonly ids: boolean;
}

export interface RibbonEvents {
  /** Points at a token, with the mouse (`beside` is its chip) or the cursor; or at none. */
  readonly point: (slot: Slot, index: number | undefined, beside?: HTMLElement) => void;
  /** Chooses a token. */
  readonly pick: (slot: Slot, index: number) => void;
  /** Has another row at the top: the offset that it begins at. */
  readonly scroll: (top: number) => void;
}

const SLOTS = ['main', 'other'] as const;

export class Ribbon {
  readonly element: HTMLElement;
  readonly #gutter = element('div', { class: 'gutter', 'aria-hidden': 'true' });
  readonly #columns: Readonly<Record<Slot, RibbonColumn>>;
  readonly #scroller: Scroller;
  readonly #events: RibbonEvents;
  #model: RibbonModel | undefined;
  #rows: Rows | undefined;
  #measured: Measured | undefined;
  #width = 0;
  /** The offset that comes into sight with the first model. */
  readonly #firstTop: number;

  /** Shows first what is at an offset. */
  constructor(events: RibbonEvents, top = 0) {
    this.#events = events;
    this.#firstTop = top;
    this.#columns = { main: this.#makeColumn('main'), other: this.#makeColumn('other') };
    const { main, other } = this.#columns;
    const body = element('div', { class: 'ribbon-rows' }, this.#gutter, main.element, other.element);
    this.#scroller = new Scroller(body, (first, last) => this.#showRows(first, last));
    this.element = this.#scroller.element;
    this.element.classList.add('ribbon');
    on(this.element, 'scroll', () => {
      const top = this.#top();
      if (top !== undefined) events.scroll(top);
    });
    new ResizeObserver(() => this.#resize()).observe(this.element);
  }

  /** Cursors stay where they are in the text; the place that is in sight stays in sight. */
  setModel(model: RibbonModel): void {
    const places = this.#cursorPlaces();
    this.#model = model;
    for (const slot of SLOTS) show(this.#columns[slot].element, this.#modelOf(slot) !== undefined);
    this.element.classList.toggle('ids', model.ids);
    this.element.classList.toggle('compared', model.columns.length === 2);
    this.#measured = undefined;
    this.#layOut();
    for (const { slot, column } of model.columns) {
      const place = places[slot];
      const index = place === undefined ? undefined : Math.min(column.at(place), column.count - 1);
      this.#columns[slot].cursor = index === -1 ? undefined : index;
    }
  }

  /** The token that a column's cursor is on. */
  cursorOf(slot: Slot): number | undefined {
    return this.#columns[slot].cursor;
  }

  /** What the editor has selected; an empty range is where its cursor stands. */
  setSelected({ from, to }: Range): void {
    for (const { slot, column } of this.#model?.columns ?? [])
      this.#columns[slot].setSelected(column.within(from, Math.max(to, from + 1)));
  }

  /** Brings a place in the text into sight, if it is not. */
  reveal(offset: number): void {
    if (this.#rows !== undefined) this.#scroller.reveal(rowOf(this.#rows, offset));
  }

  /** Marks the tokens of a stretch of text in all columns, or of none. */
  setHover(range: Range | undefined): void {
    for (const { slot, column } of this.#model?.columns ?? []) {
      this.#columns[slot].setHover(range === undefined ? undefined : column.within(range.from, range.to));
    }
  }

  #makeColumn(slot: Slot): RibbonColumn {
    const made: RibbonColumn = new RibbonColumn(slot, {
      hover: (index) =>
        this.#events.point(slot, index, index === undefined ? undefined : (made.chipOf(index) ?? undefined)),
      pick: (index) => this.#pick(slot, index),
      key: (event) => this.#press(slot, event),
    });
    on(made.element, 'focus', () => {
      if (made.cursor === undefined) this.#moveTo(slot, this.#firstInSight(slot));
    });
    on(made.element, 'blur', () => this.#events.point(slot, undefined));
    return made;
  }

  #press(slot: Slot, event: KeyboardEvent): void {
    const model = this.#modelOf(slot);
    const { cursor } = this.#columns[slot];
    if (model === undefined || this.#rows === undefined || cursor === undefined || event.altKey) return;
    if (event.key === 'Enter' || event.key === ' ') this.#pick(slot, cursor);
    else {
      const index = moved(event, cursor, model.column, this.#rows, this.#scroller.page);
      if (index === undefined) return;
      this.#moveTo(slot, index);
    }
    event.preventDefault();
  }

  #pick(slot: Slot, index: number): void {
    this.#moveTo(slot, index);
    this.#events.pick(slot, index);
  }

  #moveTo(slot: Slot, index: number): void {
    const model = this.#modelOf(slot);
    if (model === undefined || this.#rows === undefined || index >= model.column.count) return;
    this.#scroller.reveal(rowOf(this.#rows, model.column.start(index)));
    this.#columns[slot].cursor = index;
    this.#events.point(slot, index);
  }

  #firstInSight(slot: Slot): number {
    return this.#modelOf(slot)?.column.at(this.#top() ?? 0) ?? 0;
  }

  /** Where the first row in sight begins; nowhere before anything is laid out. */
  #top(): number | undefined {
    return this.#rows?.starts[this.#scroller.firstInSight];
  }

  #modelOf(slot: Slot): RibbonColumnModel | undefined {
    return this.#model?.columns.find((model) => model.slot === slot);
  }

  #cursorPlaces(): Partial<Record<Slot, number>> {
    const places: Partial<Record<Slot, number>> = {};
    for (const { slot, column } of this.#model?.columns ?? []) {
      const { cursor } = this.#columns[slot];
      if (cursor !== undefined) places[slot] = column.start(cursor);
    }
    return places;
  }

  #resize(): void {
    const { clientWidth } = this.element;
    if (clientWidth !== this.#width && this.#model !== undefined) this.#layOut();
    else this.#scroller.update();
  }

  #layOut(): void {
    const { columns, boundaries, ids } = this.#model!;
    const top = this.#rows === undefined ? this.#firstTop : this.#top();
    const first = columns[0];
    this.#width = this.element.clientWidth;
    if (first === undefined || this.#width === 0) return;
    this.#setGutterWidth();
    this.#measured ??= measureTokens(this.#columns[first.slot].element);
    const { width } = this.#columns[first.slot].element.getBoundingClientRect();
    const rows = layOut(
      columns.map(({ column }) => column),
      { ...this.#measured, width: width - COLUMN_PADDING, ids },
    );
    for (const { slot, label, column } of columns) {
      const alone = boundaries?.[slot];
      this.#columns[slot].setModel({ label, column, rows, ids, alone });
    }
    const edited = this.#rows !== undefined && this.#rows.starts.at(-1) !== rows.starts.at(-1);
    this.#rows = rows;
    this.#scroller.setRows(rows.count, this.#measured.rowHeight);
    if (!edited && top !== undefined) this.#scroller.goTo(rowOf(rows, top));
  }

  /** As the widest of its rows needs it, so that columns do not move when they scroll. */
  #setGutterWidth(): void {
    const { columns, firstLine } = this.#model!;
    const { lines, longest } = measureLines(columns[0]!.column.text);
    this.#gutter.style.width = 'auto';
    this.#gutter.replaceChildren(gutterRow(firstLine + lines, longest));
    this.#gutter.style.width = `${this.#gutter.getBoundingClientRect().width}px`;
  }

  #showRows(first: number, last: number): void {
    const rows = this.#rows!;
    const { columns, firstLine } = this.#model!;
    const { column } = columns[0]!;
    const rowsOfGutter = Array.from({ length: last - first }, (_, i) => {
      const row = first + i;
      const line = rows.lines[row]!;
      if (row > 0 && rows.lines[row - 1] === line) return element('div', { class: 'row' });
      return gutterRow(firstLine + line + 1, tokensInLine(column, rows.starts[row]!));
    });
    this.#gutter.replaceChildren(...rowsOfGutter);
    for (const { slot } of columns) this.#columns[slot].showRows(first, last);
  }
}

/** Left and right of a row, in pixels; as in tokenizer.css. */
const COLUMN_PADDING = 16;

/** Line number and tokens of the line, beside its first row. */
function gutterRow(line: number, tokens: number): HTMLElement {
  return element(
    'div',
    { class: 'row' },
    element('span', { class: 'line' }, String(line)),
    element('span', { class: 'count', title: 'tokens in this line' }, String(tokens)),
  );
}

function tokensInLine(column: TokenColumn, start: number): number {
  const end = column.text.indexOf('\n', start);
  const { first, last } = column.within(start, end < 0 ? column.text.length : end + 1);
  return last - first;
}

/** How many lines a text has, and the length of the longest in UTF-16 units. */
function measureLines(text: string): { lines: number; longest: number } {
  let lines = 0;
  let longest = 0;
  for (let start = 0; start <= text.length; lines++) {
    const end = text.indexOf('\n', start);
    const next = end < 0 ? text.length + 1 : end + 1;
    longest = Math.max(longest, next - 1 - start);
    start = next;
  }
  return { lines, longest };
}
