import type { Client } from '../../worker/protocol/rpc.ts';
import type { PageState } from '../common/connection.ts';
import { element, setText, show } from '../common/dom.ts';
import { throttled } from '../common/throttle.ts';
import { problemOf } from '../protocol/problem.ts';
import type {
  PlacedRange,
  Range,
  Slot,
  TOKENIZER_PAGE_METHODS,
  TokenizerContent,
  TokenizerPageState,
  TokenizerPatch,
  TokenizerState,
} from '../protocol/tokenizer.ts';
import { type Contents, contentsOf } from './contents.ts';
import { Details } from './details.ts';
import { HoverCard } from './hover-card.ts';
import { Messages } from './messages.ts';
import { patched } from './patched.ts';
import { Ribbon } from './ribbon.ts';
import { summaryTable, summaryText } from './summary.ts';
import type { ShownToken } from './token-facts.ts';
import { Toolbar } from './toolbar.ts';

/** Ties the parts of the page to each other and to the host. */
export class TokenizerPage {
  readonly element: HTMLElement;
  readonly #host: Client<typeof TOKENIZER_PAGE_METHODS>;
  readonly #memory: PageState<TokenizerPageState>;
  readonly #say: (text: string) => void;
  readonly #toolbar: Toolbar;
  readonly #messages: Messages;
  readonly #title = element('h1', { class: 'visually-hidden' }, 'Tokens');
  /** Scrolls where the page is narrow. */
  readonly #summary = element('div', {
    class: 'summary-place',
    role: 'region',
    'aria-label': 'Counts',
    tabindex: 0,
  });
  readonly #ribbon: Ribbon;
  readonly #details: Details;
  readonly #card = new HoverCard();
  #contents: Contents | undefined;
  #selection: PlacedRange | undefined;
  #hover: PlacedRange | undefined;
  /** Whose token has its details shown. */
  #detailed: Slot | undefined;
  /** A mouse points at many tokens on its way; a mark more or less in the editor is no problem. */
  readonly #tellHover = throttled(50, () => {
    void this.#host.call('hover', { range: this.#hover }).catch(() => undefined);
  });
  #top = 0;
  /** Scrolling tells each frame. */
  readonly #keepTop = throttled(200, () => this.#memory.change({ top: this.#top }));

  constructor(
    host: Client<typeof TOKENIZER_PAGE_METHODS>,
    memory: PageState<TokenizerPageState>,
    say: (text: string) => void,
  ) {
    this.#host = host;
    this.#memory = memory;
    this.#say = say;
    this.#messages = new Messages({
      train: () => void this.#ask(host.call('train', {})),
      browse: () => void this.#ask(host.call('browse', { slot: 'main' })),
      reopen: () => void this.#ask(host.call('reopen', {})),
      retry: () => void this.#ask(host.call('retry', {})),
    });
    this.#toolbar = new Toolbar(
      {
        choose: (slot, folder) => void this.#ask(host.call('choose', { slot, folder })),
        browse: (slot) => void this.#ask(host.call('browse', { slot })),
        setScope: (scope) => void this.#ask(host.call('setScope', { scope })),
        setIds: (ids) => {
          memory.change({ ids });
          this.#showRibbon();
        },
      },
      memory.value.ids,
    );
    this.#ribbon = new Ribbon(
      {
        point: (slot, index, beside) => this.#point(slot, index, beside),
        pick: (slot, index) => this.#pick(slot, index),
        scroll: (top) => {
          this.#top = top;
          this.#keepTop();
        },
      },
      memory.value.top,
    );
    this.#details = new Details({
      explain: (slot, word) => host.call('explain', { slot, word }),
      say,
    });
    this.element = element(
      'div',
      { class: 'tokenizer-page' },
      this.#title,
      this.#toolbar.element,
      this.#messages.element,
      this.#summary,
      this.#ribbon.element,
      this.#details.element,
      this.#card.element,
    );
    this.#showContents();
  }

  setState(state: TokenizerState): void {
    this.#memory.change({ place: state.place });
    setText(this.#title, `Tokens of ${state.name}`);
    this.#toolbar.setState(state);
    this.#messages.setState(state);
    this.#showContents();
  }

  setContent(content: TokenizerContent): void {
    this.#take(content);
    this.#say(summaryText(this.#contents!.columns));
  }

  /** An edit is not announced: who types would hear nothing else. */
  patchContent(patch: TokenizerPatch): void {
    if (this.#contents !== undefined) this.#take(patched(this.#contents.content, patch));
  }

  /** Brings it into sight if it is another than before: each new content tells it again. */
  setSelection(range: PlacedRange): void {
    const before = this.#memory.value.selection;
    const { from, to } = range;
    this.#selection = range;
    this.#showSelection();
    if (before?.from === from && before.to === to) return;
    this.#memory.change({ selection: { from, to } });
    this.#ribbon.reveal(from);
  }

  setHover(range: PlacedRange | undefined): void {
    if (range === undefined || this.#isCurrent(range)) this.#ribbon.setHover(range);
  }

  /** Shows what went wrong with something that the user asked for. */
  fail(error: unknown): void {
    this.#messages.setFailure(problemOf(error));
  }

  async #ask(answer: Promise<unknown>): Promise<void> {
    this.#messages.setFailure(undefined);
    try {
      await answer;
    } catch (error) {
      this.fail(error);
    }
  }

  #take(content: TokenizerContent): void {
    this.#contents = contentsOf(content);
    this.#messages.setContents(this.#contents);
    this.#card.hide();
    this.#showContents();
    this.#showRibbon();
    this.#showDetails();
  }

  #showContents(): void {
    const { columns = [], boundaries } = this.#contents ?? {};
    const some = columns.some(({ column }) => column.count > 0);
    for (const part of [this.#summary, this.#ribbon.element, this.#details.element]) show(part, some);
    if (some) this.#summary.replaceChildren(summaryTable(columns, boundaries));
  }

  #showRibbon(): void {
    if (this.#contents === undefined || this.#contents.columns.length === 0) return;
    const { columns, boundaries, content } = this.#contents;
    const { ids } = this.#memory.value;
    this.#ribbon.setModel({ columns, boundaries, firstLine: content.firstLine, ids });
    this.#showSelection();
  }

  #showSelection(): void {
    if (this.#selection !== undefined && this.#isCurrent(this.#selection))
      this.#ribbon.setSelected(this.#selection);
  }

  /** Of the token that the cursor is on now: the one that was shown may have gone. */
  #showDetails(): void {
    const slot = this.#detailed;
    const shown = slot === undefined ? undefined : this.#tokenAt(slot, this.#ribbon.cursorOf(slot));
    if (shown === undefined) this.#details.clear();
    else this.#details.show(shown);
  }

  #point(slot: Slot, index: number | undefined, beside: HTMLElement | undefined): void {
    const shown = this.#tokenAt(slot, index);
    if (shown === undefined) {
      this.#card.hide();
      this.#ribbon.setHover(undefined);
      this.#hover = undefined;
      this.#tellHover();
      return;
    }
    const range = rangeOf(shown);
    this.#ribbon.setHover(range);
    this.#hover = this.#placed(range);
    this.#tellHover();
    if (beside !== undefined) this.#card.show(shown, beside);
    else {
      this.#detailed = slot;
      this.#details.show(shown);
    }
  }

  #pick(slot: Slot, index: number): void {
    const shown = this.#tokenAt(slot, index);
    if (shown === undefined) return;
    void this.#ask(this.#host.call('select', this.#placed(rangeOf(shown))));
    void this.#ask(this.#details.explain(slot, shown));
  }

  #tokenAt(slot: Slot, index: number | undefined): ShownToken | undefined {
    const columns = this.#contents?.columns ?? [];
    const model = columns.find((one) => one.slot === slot);
    if (model === undefined || index === undefined || index >= model.column.count) return undefined;
    return { column: model.column, index, tokenizer: columns.length > 1 ? model.label : undefined };
  }

  #placed(range: Range): PlacedRange {
    return { ...range, revision: this.#contents!.content.revision };
  }

  #isCurrent({ revision }: PlacedRange): boolean {
    return revision === this.#contents?.content.revision;
  }
}

function rangeOf({ column, index }: ShownToken): Range {
  return { from: column.start(index), to: column.end(index) };
}
