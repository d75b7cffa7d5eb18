import { bytesOfToken, type WordExplanation } from '../../worker/protocol/tokenizer.ts';
import { element } from '../common/dom.ts';
import { formatCount } from '../common/format.ts';
import { markedText } from './chip.ts';
import { hexOf, textOf } from '../common/glyphs.ts';

/** A word's bytes, then a row a merge: its rank, the pair, and the word after it. */
export function mergeTable({ symbols, steps, ids }: WordExplanation): HTMLElement {
  if (steps.length === 0) {
    const what = symbols.length === 1 ? 'One byte: nothing to merge.' : 'No merge joins these bytes.';
    return element('div', { class: 'no-merges' }, pieces(symbols), element('p', { class: 'dim' }, what));
  }
  const head = ['Step', 'Rank', 'Pair', 'Word'].map((name) => element('th', { scope: 'col' }, name));
  const rows = steps.map(({ rank, left, right, pieces: after }, i) =>
    element(
      'tr',
      {},
      element('td', { class: 'numbers' }, String(i + 1)),
      element('td', { class: 'numbers' }, formatCount(rank)),
      element('td', { class: 'pair' }, piece(left), element('span', { class: 'plus' }, '+'), piece(right)),
      element('td', {}, pieces(after, joined(i === 0 ? symbols : steps[i - 1]!.pieces, after))),
    ),
  );
  const first = element(
    'tr',
    {},
    element('td', { class: 'numbers' }, '0'),
    element('td', {}),
    element('td', { class: 'dim' }, 'bytes'),
    element('td', {}, pieces(symbols)),
  );
  const last = element(
    'tr',
    {},
    element('td', { colspan: 3, class: 'dim' }, ids.length === 1 ? 'id' : 'ids'),
    element('td', { class: 'numbers' }, ids.join(' ')),
  );
  return element(
    'table',
    {},
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, first, ...rows, last),
  );
}

/** The piece that a merge made: the first place where the words differ. */
function joined(before: readonly string[], after: readonly string[]): number {
  return after.findIndex((text, i) => text !== before[i]);
}

function pieces(all: readonly string[], made?: number): HTMLElement {
  return element('span', { class: 'pieces' }, ...all.map((entry, i) => piece(entry, i === made)));
}

/** A vocabulary entry as the text it stands for, or its bytes where that is part of a character. */
function piece(entry: string, made = false): HTMLElement {
  const bytes = bytesOfToken(entry);
  const text = textOf(bytes);
  const shown = text === undefined ? element('span', { class: 'bytes' }, hexOf(bytes)) : markedText(text);
  return element(made ? 'strong' : 'span', { class: made ? 'piece made' : 'piece' }, shown);
}
