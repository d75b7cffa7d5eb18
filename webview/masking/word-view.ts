/** One word in several sentences: how alike it is without a context, and in each layer. */
import { textField, type Field } from '../common/controls.ts';
import { element } from '../common/dom.ts';
import { notice } from '../common/notice.ts';
import type { Problem } from '../protocol/problem.ts';
import { LONGEST_WORD, type WordContent } from '../protocol/masking.ts';
import { formatSimilarity, layerNames, meanSimilarities, pairRows, type PairRow } from './word-facts.ts';

/** The user types; the host hears of it when they rest. */
const REST_MS = 500;

export class WordView {
  readonly element: HTMLElement;
  readonly #field: Field;
  readonly #result = element('div', { class: 'word-result' });
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(setWord: (word: string) => void) {
    this.#field = textField({
      label: 'Word',
      placeholder: 'a word of the document',
      help: 'It is compared between the sentences of the document that hold it',
      input: (word) => {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => {
          this.#timer = undefined;
          setWord(word.slice(0, LONGEST_WORD));
        }, REST_MS);
      },
    });
    this.element = element('div', { class: 'word' }, this.#field.element, this.#result);
  }

  /** The host's word, unless the user is at another. */
  set word(word: string) {
    if (!this.#field.focused && this.#timer === undefined) this.#field.value = word;
  }

  clear(): void {
    this.#result.replaceChildren(
      element('p', { class: 'dim' }, 'Enter a word that the document has in several sentences.'),
    );
  }

  fail(problem: Problem): void {
    this.#result.replaceChildren(notice('info', problem));
  }

  show({ word, sentences, total, polysemy }: WordContent): void {
    const rows = pairRows(polysemy, sentences.length);
    const items = sentences.map((sentence, i) => {
      const { start, end } = polysemy.occurrences[i]!;
      const found = element('mark', {}, sentence.slice(start, end));
      return element('li', {}, sentence.slice(0, start), found, sentence.slice(end));
    });
    const more = total > sentences.length ? [`The first ${sentences.length} of ${total} sentences.`] : [];
    this.#result.replaceChildren(
      element('ol', { class: 'sentences', 'aria-label': `Sentences with ${word}` }, ...items),
      ...more.map((text) => element('p', { class: 'dim' }, text)),
      element(
        'p',
        { class: 'dim' },
        'Cosine of the word between two sentences. Static: its token embedding, which knows no context.',
      ),
      element(
        'div',
        { class: 'similarities', role: 'region', 'aria-label': 'Similarities by layer', tabindex: 0 },
        similarityTable(rows, polysemy.layers),
      ),
    );
  }
}

function similarityTable(rows: readonly PairRow[], layers: number): HTMLElement {
  const head = ['Sentences', ...layerNames(layers)].map((name) => element('th', { scope: 'col' }, name));
  const pairs = rows.map(({ one, other, similarities }) => line(`${one} and ${other}`, similarities));
  const mean = line('All, mean', meanSimilarities(rows));
  mean.classList.add('mean');
  return element(
    'table',
    { class: 'numbers', 'aria-label': 'Similarities by layer' },
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...pairs, mean),
  );
}

function line(name: string, similarities: readonly number[]): HTMLElement {
  const cells = similarities.map((similarity) => {
    const cell = element('td', { class: 'share' }, formatSimilarity(similarity));
    cell.style.setProperty('--share', `${Math.round(100 * Math.max(0, similarity))}%`);
    return cell;
  });
  return element('tr', {}, element('th', { scope: 'row' }, name), ...cells);
}
