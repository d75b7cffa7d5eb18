import type { Client } from '../../worker/protocol/rpc.ts';
import type { PageState } from '../common/connection.ts';
import { element, setText, show } from '../common/dom.ts';
import { Section } from '../common/section.ts';
import type {
  MASKING_PAGE_METHODS,
  MaskingContent,
  MaskingEvent,
  MaskingPageState,
  MaskingState,
  WordContent,
} from '../protocol/masking.ts';
import { type Problem, problemOf } from '../protocol/problem.ts';
import { Details } from './details.ts';
import { Messages } from './messages.ts';
import { chosenTable } from './tables.ts';
import { summaryText } from './token-facts.ts';
import { Tokens } from './tokens.ts';
import { Toolbar } from './toolbar.ts';
import { pairRows, wordSummary } from './word-facts.ts';
import { WordView } from './word-view.ts';

/** Ties the parts of the page to each other and to the host. */
export class MaskingPage {
  readonly element: HTMLElement;
  readonly #host: Client<typeof MASKING_PAGE_METHODS>;
  readonly #memory: PageState<MaskingPageState>;
  readonly #say: (text: string) => void;
  readonly #title = element('h1', { class: 'visually-hidden' }, 'Masks');
  readonly #toolbar: Toolbar;
  readonly #messages: Messages;
  readonly #summary = element('p', { class: 'summary numbers' });
  readonly #tokens: Tokens;
  readonly #details = new Details();
  readonly #table = element('div', {
    class: 'chosen',
    role: 'region',
    'aria-label': 'Chosen tokens',
    tabindex: 0,
  });
  readonly #body: HTMLElement;
  readonly #word: WordView;
  readonly #wordSection: Section;
  #content: MaskingContent | undefined;
  /** The word that was told last: what the user has not asked for is not said. */
  #said = '';

  constructor(
    host: Client<typeof MASKING_PAGE_METHODS>,
    memory: PageState<MaskingPageState>,
    say: (text: string) => void,
  ) {
    this.#host = host;
    this.#memory = memory;
    this.#say = say;
    const ask = (answer: () => Promise<unknown>) => () => void this.#ask(answer());
    const browse = ask(() => host.call('browse', {}));
    this.#messages = new Messages({
      train: ask(() => host.call('train', {})),
      browse,
      reopen: ask(() => host.call('reopen', {})),
      retry: ask(() => host.call('retry', {})),
    });
    this.#toolbar = new Toolbar(
      {
        choose: (folder) => void this.#ask(host.call('choose', { folder })),
        browse,
        setScope: (scope) => void this.#ask(host.call('setScope', { scope })),
        reseed: ask(() => host.call('reseed', {})),
        retry: ask(() => host.call('retry', {})),
        setTable: (table) => {
          memory.change({ table });
          this.#showContent();
        },
      },
      memory.value.table,
    );
    this.#tokens = new Tokens({
      point: (cursor) => {
        memory.change({ cursor });
        this.#details.show(this.#content?.masked.tokens[cursor]);
      },
      pick: (token) => this.#pick(token),
    });
    this.#word = new WordView((word) => void this.#ask(host.call('setWord', { word })));
    this.#body = element(
      'div',
      { class: 'body' },
      this.#summary,
      this.#tokens.element,
      this.#details.element,
      this.#table,
    );
    const toggled = (open: boolean): void => memory.change({ open: { ...memory.value.open, word: open } });
    this.#wordSection = new Section({ title: 'One word in several sentences', toggled }, this.#word.element);
    this.#wordSection.open = memory.value.open.word ?? true;
    this.element = element(
      'div',
      { class: 'masking-page' },
      this.#title,
      this.#toolbar.element,
      this.#messages.element,
      this.#body,
      this.#wordSection.element,
    );
    this.#word.clear();
    this.#showContent();
  }

  /** Takes what the host tells. */
  receive(event: MaskingEvent): void {
    switch (event.type) {
      case 'state':
        this.#setState(event.state);
        break;
      case 'content':
        this.#setContent(event.content);
        break;
      case 'problem':
        this.#clear(event.problem);
        break;
      case 'word':
        this.#setWord(event.word);
        break;
      case 'wordProblem':
        this.#word.fail(event.problem);
        break;
      case 'noWord':
        this.#word.clear();
        break;
    }
  }

  /** Shows what went wrong with something that the user asked for. */
  fail(error: unknown): void {
    this.#messages.set({ failure: problemOf(error) });
  }

  async #ask(answer: Promise<unknown>): Promise<void> {
    this.#messages.set({ failure: undefined });
    try {
      await answer;
    } catch (error) {
      this.fail(error);
    }
  }

  #clear(problem: Problem | undefined): void {
    this.#content = undefined;
    this.#messages.set({ content: undefined, problem });
    this.#showContent();
  }

  #setState(state: MaskingState): void {
    if (this.#memory.value.place?.model !== state.place.model) {
      // what another model said would pass for an answer of this one until that comes
      this.#clear(undefined);
      this.#word.clear();
    }
    this.#memory.change({ place: state.place });
    setText(this.#title, `Masks of ${state.name}`);
    this.#toolbar.setState(state);
    this.#messages.set({ state });
    this.#word.word = state.place.word;
  }

  /** An edit is not announced: who types would hear nothing else. */
  #setContent(content: MaskingContent): void {
    this.#content = content;
    this.#messages.set({ content, problem: undefined });
    this.#showContent();
    if (content.asked) this.#say(summaryText(content.masked));
  }

  #setWord(content: WordContent): void {
    const { word, sentences, polysemy } = content;
    this.#word.show(content);
    if (word === this.#said) return;
    this.#said = word;
    this.#say(wordSummary(word, sentences.length, pairRows(polysemy, sentences.length)));
  }

  #showContent(): void {
    const masked = this.#content?.masked;
    const { table, cursor } = this.#memory.value;
    show(this.#body, masked !== undefined);
    show(this.#tokens.element, !table);
    show(this.#details.element, !table);
    show(this.#table, table);
    if (masked === undefined) return;
    const at = Math.min(cursor, masked.tokens.length - 1);
    setText(this.#summary, summaryText(masked));
    if (table) this.#table.replaceChildren(chosenTable(masked.tokens));
    else {
      this.#tokens.show(masked.tokens, at);
      this.#details.show(masked.tokens[at]);
    }
  }

  #pick(token: number): void {
    const revision = this.#content?.revision;
    if (revision !== undefined) void this.#ask(this.#host.call('select', { revision, token }));
  }
}
