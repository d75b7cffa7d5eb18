/** What there is to say about the token at the cursor, and how merges made its word. */
import { MARK } from '../../worker/protocol/tokenizer.ts';
import type { WordExplanation } from '../../worker/protocol/tokenizer.ts';
import { LONGEST_WORD, type Slot } from '../protocol/tokenizer.ts';
import { element } from '../common/dom.ts';
import { mergeTable } from './merge-table.ts';
import { markedText } from './chip.ts';
import type { TokenColumn } from './token-column.ts';
import { describeToken, type ShownToken } from './token-facts.ts';

export interface DetailsEvents {
  readonly explain: (slot: Slot, word: string) => Promise<WordExplanation[]>;
  readonly say: (text: string) => void;
}

export class Details {
  readonly element: HTMLElement;
  readonly #facts = element('dl', { class: 'facts' });
  readonly #merges = element('div', { class: 'merges', tabindex: 0, role: 'region', 'aria-label': 'Merges' });
  readonly #events: DetailsEvents;
  /** The word whose merges are asked for or shown. */
  #word = '';

  constructor(events: DetailsEvents) {
    this.#events = events;
    this.element = element('section', { class: 'details', 'aria-label': 'Token' }, this.#facts, this.#merges);
    this.clear();
  }

  clear(): void {
    this.#word = '';
    this.#facts.replaceChildren();
    this.#tell('Point at a token to see its id and bytes; select it to see the merges that made it.');
  }

  /** Shows a token; the merges that are shown go when it is not of their word. */
  show(shown: ShownToken): void {
    this.#facts.replaceChildren(
      ...describeToken(shown).flatMap(({ name, value }) => [
        element('dt', {}, name),
        element('dd', {}, value),
      ]),
    );
    if (this.#word === keyOf(shown.column, shown.index)) return;
    this.#word = '';
    this.#tell('Press Enter, or click the token, to see its merges.');
  }

  /** Shows a token and the merges of its word. */
  async explain(slot: Slot, shown: ShownToken): Promise<void> {
    const { column, index } = shown;
    this.show(shown);
    const reason = whyNoMerges(column, index);
    if (reason !== undefined) {
      this.#tell(reason);
      this.#events.say(reason);
      return;
    }
    const key = keyOf(column, index);
    this.#word = key;
    const word = wordText(column, index);
    const words = await this.#events.explain(slot, word);
    if (this.#word !== key) return; // another was asked for meanwhile
    const merges = words.reduce((sum, { steps: { length } }) => sum + length, 0);
    const tokens = words.reduce((sum, { ids: { length } }) => sum + length, 0);
    const title = element('h2', {}, 'Merges of ', element('code', {}, markedText(word)));
    this.#merges.replaceChildren(title, ...words.map((explained) => mergeTable(explained)));
    this.#events.say(
      `${merges === 1 ? '1 merge' : `${merges} merges`}, ${tokens === 1 ? '1 token' : `${tokens} tokens`}`,
    );
  }

  #tell(text: string): void {
    this.#merges.replaceChildren(element('p', { class: 'dim' }, text));
  }
}

function whyNoMerges(column: TokenColumn, index: number): string | undefined {
  if (column.tokens.kind === 'char')
    return 'A character tokenizer has no merges: each character is one token.';
  if (column.tokens.kind === 'other')
    return 'A tokenizer of another library, which does not tell how it makes its tokens.';
  if (column.tokens.kind === 'wordpiece')
    return 'WordPiece has no merges: each token is the longest piece in the vocabulary that the rest of the word begins with.';
  if (column.has(index, MARK.added)) return 'An added token is found as it is written, before any merge.';
  const { length } = wordText(column, index);
  if (length > LONGEST_WORD)
    return `The token is part of a word of ${length} characters, too long to show its merges.`;
  return undefined;
}

function wordText(column: TokenColumn, index: number): string {
  const { first, last } = column.word(index);
  return column.text.slice(column.start(first), column.end(last));
}

/** The same for the tokens of one word of one tokenizer. */
function keyOf(column: TokenColumn, index: number): string {
  const { first, last } = column.word(index);
  return `${column.tokens.version} ${column.id(first)} ${column.id(last)} ${wordText(column, index)}`;
}
