/** All runs: a grid with one line a run. Arrow keys walk it, Space lays a run over the chart, Enter shows it. */
import { textField } from '../common/controls.ts';
import { element, icon, on, setAttribute, setText, show } from '../common/dom.ts';
import { formatCount } from '../common/format.ts';
import type { RunSummary } from '../protocol/training.ts';
import type { Actions } from './actions.ts';
import { HistoryActions } from './history-actions.ts';
import { type Column, columnsFor, filtered, NAME_COLUMN, type Order, sorted } from './history-rows.ts';
import type { Overlay } from './overlay.ts';
import type { Memory } from './page-state.ts';
import { lookOf } from './run-status.ts';

/** Characters of a name that are always seen: its time, or its number. */
const SHORTEST_END = 5;

/** For the chart and the name. */
const COLUMNS_BEFORE = 2;

export class History {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #memory: Memory;
  readonly #overlay: Overlay;
  readonly #buttons: HistoryActions;
  readonly #head = element('tr');
  readonly #rows = element('tbody');
  readonly #empty = element('p', { class: 'dim' });
  readonly #table: HTMLElement;
  readonly #tools: HTMLElement;
  #history: readonly RunSummary[] = [];
  #current: string | undefined;
  #visible: readonly RunSummary[] = [];
  /** Of the table that is shown; only its figures change in place. */
  #shape = '';

  constructor(actions: Actions, memory: Memory, overlay: Overlay) {
    this.#actions = actions;
    this.#memory = memory;
    this.#overlay = overlay;
    this.#buttons = new HistoryActions(actions);
    const filter = textField({
      label: 'Filter runs',
      placeholder: 'Filter, e.g. lr=0.001',
      quiet: true,
      input: (words) => {
        memory.change({ filter: words });
        this.#draw();
      },
    });
    filter.value = memory.value.filter;
    const grid = element(
      'table',
      { role: 'grid', 'aria-label': 'Runs', 'aria-multiselectable': 'false' },
      element('thead', {}, this.#head),
      this.#rows,
    );
    this.#table = element('div', { class: 'history-table numbers' }, grid);
    this.#tools = element('div', { class: 'history-tools' }, filter.element, this.#buttons.element);
    this.element = element('div', { class: 'history' }, this.#tools, this.#table, this.#empty);
    on(this.#rows, 'keydown', (event) => this.#key(event));
  }

  update(history: readonly RunSummary[], current: string | undefined): void {
    this.#history = history;
    this.#current = current;
    this.#draw();
  }

  #draw(): void {
    const { order, filter, selected } = this.#memory.value;
    const columns = columnsFor(this.#history);
    this.#visible = sorted(filtered(this.#history, filter), columns, order);
    const chosen = this.#visible.find(({ path }) => path === selected) ?? this.#visible[0];
    const shape = this.#shapeOf(columns);
    if (shape === this.#shape) this.#fillCells(columns);
    else {
      this.#shape = shape;
      this.#drawTable(columns, order, chosen?.path);
    }
    this.#buttons.update(chosen, this.#current);
    show(this.#tools, this.#history.length > 0);
    show(this.#table, this.#visible.length > 0);
    const hidden = this.#history.length - this.#visible.length;
    setText(
      this.#empty,
      this.#history.length === 0
        ? 'No runs yet.'
        : hidden > 0
          ? `${formatCount(hidden)} of ${formatCount(this.#history.length)} runs do not match.`
          : '',
    );
  }

  /** All that is not figures: rows stay while a run goes on, so that they can be clicked. */
  #shapeOf(columns: readonly Column[]): string {
    const rows = this.#visible.map(({ path, name, status, inUse }) => [path, name, status, inUse]);
    const { order, overlay } = this.#memory.value;
    return JSON.stringify([rows, columns.map(({ key }) => key), this.#current, order, overlay]);
  }

  #fillCells(columns: readonly Column[]): void {
    this.#visible.forEach((run, i) => {
      const cells = this.#rows.rows[i]!.cells;
      columns.forEach((column, n) => setText(cells[n + COLUMNS_BEFORE]!, column.text(run)));
    });
  }

  #drawTable(columns: readonly Column[], order: Order, chosen: string | undefined): void {
    const focused = this.#rows.contains(document.activeElement);
    const headFocus = [...this.#head.children].findIndex((cell) => cell.contains(document.activeElement));
    this.#head.replaceChildren(
      element(
        'th',
        { scope: 'col', class: 'lay' },
        element('span', { class: 'visually-hidden' }, 'On the chart'),
      ),
      ...[NAME_COLUMN, ...columns].map((column) => this.#headCell(column, order)),
    );
    this.#rows.replaceChildren(...this.#visible.map((run) => this.#row(run, columns, run.path === chosen)));
    if (focused) this.#rowOf(chosen)?.focus();
    if (headFocus >= 0) this.#head.children[headFocus]?.querySelector('button')?.focus();
  }

  #headCell({ key, label, numeric }: Column, order: Order): HTMLElement {
    const chosen = order.key === key;
    const direction = order.descending ? 'descending' : 'ascending';
    const sort = element(
      'button',
      { type: 'button' },
      label,
      chosen ? icon(order.descending ? 'arrow-down' : 'arrow-up') : undefined,
    );
    on(sort, 'click', () => {
      this.#memory.change({ order: { key, descending: chosen ? !order.descending : false } });
      this.#draw();
    });
    return element(
      'th',
      { scope: 'col', class: numeric ? 'number' : undefined, 'aria-sort': chosen ? direction : undefined },
      sort,
    );
  }

  #row(run: RunSummary, columns: readonly Column[], chosen: boolean): HTMLElement {
    const { path, name, status } = run;
    const current = path === this.#current;
    const row = element(
      'tr',
      {
        'data-path': path,
        class: current ? 'current' : undefined,
        tabindex: chosen ? 0 : -1,
        'aria-selected': String(chosen),
        'aria-current': current ? 'true' : undefined,
      },
      element(
        'td',
        { role: 'gridcell', class: 'lay' },
        current ? this.#currentMark() : this.#overlayBox(run),
      ),
      element(
        'th',
        {
          scope: 'row',
          class: 'name',
          title: `${name}\n${lookOf(status).label}${run.inUse ? ', used for completion' : ''}`,
        },
        runLabel(run),
      ),
      ...columns.map((column) =>
        element('td', { role: 'gridcell', class: column.numeric ? 'number' : undefined }, column.text(run)),
      ),
    );
    on(row, 'click', () => this.#select(path));
    on(row, 'dblclick', () => this.#actions.askOf('show', path));
    return row;
  }

  /** The current run has a letter only beside others. */
  #currentMark(): HTMLElement | undefined {
    return this.#memory.value.overlay.length > 0 ? letter('A') : undefined;
  }

  #overlayBox({ path, name }: RunSummary): HTMLElement {
    const box = element('input', {
      type: 'checkbox',
      tabindex: -1,
      'aria-label': `Lay ${name} over the chart`,
    });
    box.checked = this.#overlay.has(path);
    box.disabled = !box.checked && this.#overlay.full;
    on(box, 'change', () => this.#overlay.toggle(path));
    const tag = this.#overlay.letter(path);
    return element('span', {}, box, tag === undefined ? undefined : letter(tag));
  }

  #key(event: KeyboardEvent): void {
    const at = this.#visible.findIndex(({ path }) => path === this.#selectedPath);
    const run = this.#visible[at];
    const go = (index: number): void => {
      const path = this.#visible[Math.min(this.#visible.length - 1, Math.max(0, index))]?.path;
      if (path !== undefined) this.#select(path);
    };
    const acts: Readonly<Record<string, () => void>> = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at - 1),
      Home: () => go(0),
      End: () => go(this.#visible.length - 1),
      ...(run !== undefined && {
        Enter: () => this.#actions.askOf('show', run.path),
        ' ': () => run.path !== this.#current && this.#overlay.toggle(run.path),
        Delete: () => this.#buttons.remove(),
      }),
    };
    const act = acts[event.key];
    if (act === undefined || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    act();
  }

  get #selectedPath(): string | undefined {
    return this.#rows.querySelector<HTMLElement>('[aria-selected="true"]')?.dataset.path;
  }

  /** Moves the selection and the focus, in place. */
  #select(path: string): void {
    this.#memory.change({ selected: path });
    for (const row of this.#rows.children) {
      const chosen = row instanceof HTMLElement && row.dataset.path === path;
      setAttribute(row, 'aria-selected', String(chosen));
      setAttribute(row, 'tabindex', chosen ? 0 : -1);
      if (chosen && !row.contains(document.activeElement)) row.focus();
    }
    this.#buttons.update(
      this.#visible.find((run) => run.path === path),
      this.#current,
    );
  }

  #rowOf(path: string | undefined): HTMLElement | null {
    return path === undefined
      ? null
      : this.#rows.querySelector<HTMLElement>(`[data-path="${CSS.escape(path)}"]`);
  }
}

/** Status and name; of a name too long for its place the end stays, which tells runs apart. */
function runLabel({ name, status, inUse }: RunSummary): HTMLElement {
  const look = lookOf(status);
  const end = Math.max(name.lastIndexOf('-', name.length - SHORTEST_END), 0);
  return element(
    'div',
    { class: 'run-label' },
    icon(look.icon),
    element('span', { class: 'visually-hidden' }, `${look.label}: `),
    element('span', { class: 'run-label-head' }, name.slice(0, end)),
    element('span', { class: 'run-label-tail' }, name.slice(end)),
    ...(inUse
      ? [icon('sparkle'), element('span', { class: 'visually-hidden' }, ', used for completion')]
      : []),
  );
}

function letter(text: string): HTMLElement {
  return element('span', { class: 'letter' }, text);
}
