import type { Client } from '../../worker/protocol/rpc.ts';
import { onThemeChange } from '../common/chart-theme.ts';
import type { PageState } from '../common/connection.ts';
import { element, setText, show } from '../common/dom.ts';
import { throttled } from '../common/throttle.ts';
import {
  type ATTENTION_PAGE_METHODS,
  type AttentionContent,
  type AttentionPageState,
  type AttentionState,
  type Cell,
  MOST_LINE_TOKENS,
  type View,
} from '../protocol/attention.ts';
import { type Problem, problemOf } from '../protocol/problem.ts';
import { allHeads, headName, toggled, validHeads } from './heads-choice.ts';
import { HeatMap } from './heat-map.ts';
import { Lines } from './lines.ts';
import type { MapModel } from './map-drawing.ts';
import type { MapTarget } from './map-geometry.ts';
import { largest, largestByMass, withoutColumns } from './mass.ts';
import { Messages } from './messages.ts';
import { mutedTokens } from './muted.ts';
import { Overview } from './overview.ts';
import { Predictions } from './predictions.ts';
import { RowTable } from './row-table.ts';
import { cellText, headsText, maskText, modelText } from './summary.ts';
import { Toolbar } from './toolbar.ts';

/** Ties the parts of the page to each other and to the host. */
export class AttentionPage {
  readonly element: HTMLElement;
  readonly #host: Client<typeof ATTENTION_PAGE_METHODS>;
  readonly #memory: PageState<AttentionPageState>;
  readonly #say: (text: string) => void;
  readonly #title = element('h1', { class: 'visually-hidden' }, 'Attention');
  readonly #toolbar: Toolbar;
  readonly #messages: Messages;
  readonly #summary = element('p', { class: 'summary' });
  readonly #heads = element('p', { class: 'heads-summary' });
  /** What the pointer or the cursor is at; heard through the live region. */
  readonly #readout = element('p', { class: 'readout dim', 'aria-hidden': 'true' });
  readonly #overview: Overview;
  readonly #map: HeatMap;
  readonly #lines: Lines;
  readonly #table = new RowTable();
  readonly #predictions: Predictions;
  readonly #body: HTMLElement;
  #content: AttentionContent | undefined;
  /** The mean of the chosen heads, as the worker has it, and what is shown of it. */
  #weights = new Float32Array(0);
  #model: MapModel | undefined;
  /** Counts what was asked for: an answer that comes late is not shown. */
  #asked = 0;
  #second = '';
  readonly #tellSecond = throttled(
    400,
    () => void this.#ask(this.#host.call('setSecond', { text: this.#second })),
  );
  /** A table is made anew for every cell: not for those that a key held down goes over. */
  readonly #showRow = throttled(60, () => {
    const { row } = this.#memory.value.cell;
    if (this.#model === undefined) return;
    const { weights, tokens, difference } = this.#model;
    this.#table.show(weights, tokens, row, difference ? 'Base minus adapter' : 'Weight');
  });

  constructor(
    host: Client<typeof ATTENTION_PAGE_METHODS>,
    memory: PageState<AttentionPageState>,
    say: (text: string) => void,
  ) {
    this.#host = host;
    this.#memory = memory;
    this.#say = say;
    const ask = (answer: () => Promise<unknown>) => () => void this.#ask(answer());
    const browse = ask(() => host.call('browse', {}));
    const retry = ask(() => host.call('retry', {}));
    this.#messages = new Messages({
      train: ask(() => host.call('train', {})),
      browse,
      reopen: ask(() => host.call('reopen', {})),
      retry,
    });
    this.#toolbar = new Toolbar(
      {
        choose: (folder) => void this.#ask(host.call('choose', { folder })),
        browse,
        retry,
        setView: (view) => this.#setView(view),
        setShare: (share) => this.#setShown({ share }),
        setMute: (mute) => this.#setShown({ mute }),
        setDifference: (difference) => void this.#ask(host.call('setDifference', { difference })),
        setSecond: (text) => {
          this.#second = text;
          this.#tellSecond();
        },
        chooseAll: () => this.#choose(allHeads(this.#headCount)),
        exportPng: () => void this.#ask(this.#exportPng()),
        exportJson: () => void this.#ask(this.#exportJson()),
      },
      memory.value,
    );
    this.#overview = new Overview({
      toggle: (head) => this.#choose(toggled(this.#memory.value.heads, head)),
      only: (head) => this.#choose([head]),
      point: (head) => this.#pointHead(head),
    });
    const pick = (token: number): void => this.#mask(token);
    const point = (target: MapTarget | undefined): void => this.#point(target);
    this.#map = new HeatMap({ point, pick, move: (cell) => this.#move(cell) });
    this.#lines = new Lines({
      point,
      pick,
      move: (row) => this.#move({ row, column: this.#strongest(row) }),
    });
    this.#predictions = new Predictions(pick);
    this.#body = element(
      'div',
      { class: 'body' },
      this.#overview.element,
      element('div', { class: 'view' }, this.#map.element, this.#lines.element, this.#readout),
      element('div', { class: 'details' }, this.#table.element, this.#predictions.element),
    );
    this.element = element(
      'div',
      { class: 'attention-page' },
      this.#title,
      this.#toolbar.element,
      this.#messages.element,
      element('div', { class: 'summary-place' }, this.#summary, this.#heads),
      this.#body,
    );
    show(this.#body, false);
    this.#setView(memory.value.view);
    onThemeChange(() => {
      this.#map.themeChanged();
      this.#overview.themeChanged();
    });
  }

  setState(state: AttentionState): void {
    // what another model said would pass for an answer of this one until that comes
    if (this.#memory.value.place?.model !== state.place.model) this.#clear(undefined);
    this.#memory.change({ place: state.place });
    setText(this.#title, `Attention in ${state.name}`);
    this.#toolbar.setState(state);
    this.#messages.set({ state });
  }

  setContent(content: AttentionContent): void {
    this.#content = content;
    const { attention, mask, asked } = content;
    const size = attention.tokens.length;
    const { heads, cell } = this.#memory.value;
    const within = (at: number): number => Math.max(0, Math.min(size - 1, at));
    this.#memory.change({
      heads: validHeads(heads, this.#headCount),
      cell: { row: within(cell.row), column: within(cell.column) },
    });
    this.#messages.set({ content, problem: undefined });
    this.#toolbar.setPairs(attention.pairs);
    this.#toolbar.setBase(attention.base);
    show(this.#body, size > 0);
    setText(this.#summary, modelText(attention));
    this.#overview.setContent(content);
    this.#predictions.show(mask, attention.tokens);
    this.#showHeads();
    // who moves a selection in the editor would hear nothing else
    if (asked) this.#say(mask === undefined ? modelText(attention) : maskText(mask, attention.tokens));
  }

  setProblem(problem: Problem): void {
    this.#clear(problem);
  }

  #clear(problem: Problem | undefined): void {
    this.#content = undefined;
    this.#model = undefined;
    this.#asked++;
    show(this.#body, false);
    setText(this.#summary, '');
    setText(this.#heads, '');
    this.#messages.set({ content: undefined, problem });
  }

  /** Shows what went wrong with something that the user asked for. */
  fail(error: unknown): void {
    this.#messages.set({ failure: problemOf(error) });
  }

  get #headCount(): number {
    const { layers = 0, heads = 0 } = this.#content?.attention ?? {};
    return layers * heads;
  }

  async #ask(answer: Promise<unknown>): Promise<void> {
    this.#messages.set({ failure: undefined });
    try {
      await answer;
    } catch (error) {
      this.fail(error);
    }
  }

  #choose(heads: number[]): void {
    if (this.#content === undefined) return;
    this.#memory.change({ heads });
    this.#showHeads();
    this.#say(headsText(heads, this.#content.attention));
  }

  /** Asks for the weights of the chosen heads, and shows them. */
  #showHeads(): void {
    const { revision, attention } = this.#content!;
    const { heads } = this.#memory.value;
    this.#overview.setChosen(heads);
    setText(this.#heads, headsText(heads, attention));
    const asked = ++this.#asked;
    const show = async (): Promise<void> => {
      const weights = await this.#host.call('weights', { revision, heads });
      if (asked !== this.#asked || weights.length !== attention.tokens.length ** 2) return;
      this.#weights = weights.slice();
      this.#showWeights();
    };
    void this.#ask(show());
  }

  #setShown(change: { share: number } | { mute: boolean }): void {
    this.#memory.change(change);
    if (this.#model !== undefined) this.#showWeights();
  }

  #showWeights(): void {
    const { attention } = this.#content!;
    const { tokens, causal, difference = false } = attention;
    const { share, mute, cell } = this.#memory.value;
    const size = tokens.length;
    const heard = mute ? withoutColumns(this.#weights, size, mutedTokens(tokens, causal)) : this.#weights;
    const weights = largestByMass(heard, size, share / 100);
    this.#model = { weights, size, largest: largest(heard), causal, tokens, difference };
    this.#map.setModel(this.#model, `${this.#heads.textContent} ${size} by ${size} tokens.`);
    this.#map.setCell(cell);
    this.#showLines();
    this.#showRow();
  }

  #showLines(): void {
    const isShort = this.#model !== undefined && this.#model.size <= MOST_LINE_TOKENS;
    const isShown = this.#memory.value.view === 'lines' && isShort;
    show(this.#lines.element, isShown);
    if (!isShown) return;
    this.#lines.setModel(this.#model!);
    this.#lines.setRow(this.#memory.value.cell.row);
  }

  #setView(view: View): void {
    this.#memory.change({ view });
    this.#toolbar.setView(view);
    this.#messages.set({ view });
    show(this.#map.element, view === 'map');
    this.#showLines();
  }

  #move(cell: Cell): void {
    if (this.#model === undefined) return;
    this.#memory.change({ cell });
    this.#map.setCell(cell);
    this.#lines.setRow(cell.row);
    this.#showRow();
    const text = this.#cellText(cell);
    setText(this.#readout, text);
    this.#say(text);
  }

  #point(target: MapTarget | undefined): void {
    this.#map.setTarget(target);
    this.#lines.setTarget(target);
    const { row, column } = target ?? this.#memory.value.cell;
    if (row !== undefined && column !== undefined) setText(this.#readout, this.#cellText({ row, column }));
  }

  #pointHead(head: number | undefined): void {
    if (head === undefined || this.#content === undefined) return;
    const { heads, entropies } = this.#content.attention;
    setText(this.#readout, `${headName(head, heads)}: entropy ${(entropies[head] ?? 0).toFixed(2)} bits`);
  }

  #cellText({ row, column }: Cell): string {
    const { attention } = this.#content!;
    const { tokens } = attention;
    return cellText({ row, column }, tokens, this.#weights[row * tokens.length + column] ?? 0, attention);
  }

  /** The token that a row looks at most. */
  #strongest(row: number): number {
    const { weights, size } = this.#model!;
    let best = 0;
    for (let column = 1; column < size; column++)
      if (weights[row * size + column]! > weights[row * size + best]!) best = column;
    return best;
  }

  #mask(position: number): void {
    if (this.#content?.attention.predicts !== true) return;
    void this.#ask(this.#host.call('mask', { revision: this.#content.revision, position }));
  }

  async #exportPng(): Promise<void> {
    if (this.#model === undefined) return;
    const bytes = await this.#map.picture(`${this.#summary.textContent} ${this.#heads.textContent}`);
    await this.#host.call('exportPng', { bytes });
  }

  async #exportJson(): Promise<void> {
    if (this.#content !== undefined)
      await this.#host.call('exportJson', { revision: this.#content.revision });
  }
}
