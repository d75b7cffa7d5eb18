/** Tables of the page: of the chosen tokens, and of what is predicted for one. */
import type { MaskedToken } from '../../worker/protocol/masking.ts';
import { element, icon } from '../common/dom.ts';
import { deed, isChosen, isRight, percent } from './token-facts.ts';

/** All that were chosen, in the order of the text. */
export function chosenTable(tokens: readonly MaskedToken[]): HTMLElement {
  const rows = tokens.flatMap((token, at) => {
    if (!isChosen(token)) return [];
    const [first] = token.predictions;
    return [
      row(token.name, [
        String(at + 1),
        deed(token),
        first?.name ?? '',
        first === undefined ? '' : percent(first.probability),
        percent(token.probability),
        isRight(token) === true ? 'yes' : 'no',
      ]),
    ];
  });
  const names = ['Token', 'At', 'What was done', 'Predicted', 'Probability', 'Of the right one', 'Right'];
  return table('Chosen tokens', names, rows);
}

/** What the model predicts for a token, the likeliest first. */
export function predictionTable({ name, predictions, probability }: MaskedToken): HTMLElement {
  const rows = predictions.map((each) => row(each.name, [percent(each.probability)], each.name === name));
  const isAmong = predictions.some((each) => each.name === name);
  if (!isAmong) rows.push(row(name, [percent(probability)], true));
  return table('Predictions', ['Predicted', 'Probability'], rows);
}

function table(label: string, names: readonly string[], rows: readonly HTMLElement[]): HTMLElement {
  const head = names.map((name) => element('th', { scope: 'col' }, name));
  return element(
    'table',
    { class: 'numbers', 'aria-label': label },
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...rows),
  );
}

/** `isTrue`: it stands in the text. */
function row(name: string, cells: readonly string[], isTrue = false): HTMLElement {
  const mark = isTrue
    ? [icon('check'), element('span', { class: 'visually-hidden' }, ', what stands in the text')]
    : [];
  return element(
    'tr',
    { class: isTrue ? 'true' : undefined },
    element('th', { scope: 'row' }, name, ...mark),
    ...cells.map((text) => element('td', {}, text)),
  );
}
