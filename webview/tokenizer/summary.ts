/** The counts of each tokenizer, and how they differ. */
import { element } from '../common/dom.ts';
import { formatCount } from '../common/format.ts';
import type { BoundaryComparison } from './boundaries.ts';
import { type Statistics, statisticsOf } from './statistics.ts';
import type { RibbonColumnModel } from './ribbon.ts';

const COLUMNS: readonly (readonly [label: string, value: (statistics: Statistics) => string])[] = [
  ['Tokens', ({ tokens }) => formatCount(tokens)],
  ['Characters/token', ({ charactersPerToken }) => charactersPerToken.toFixed(2)],
  ['Bytes/token', ({ bytesPerToken }) => bytesPerToken.toFixed(2)],
  ['Tokens/line', ({ tokensPerLine }) => tokensPerLine.toFixed(1)],
  ['Distinct', ({ distinct }) => formatCount(distinct)],
];

/** A row a tokenizer; of two, a row with the difference. */
export function summaryTable(
  columns: readonly RibbonColumnModel[],
  boundaries: BoundaryComparison | undefined,
): HTMLElement {
  const all = columns.map(({ column: { text, tokens } }) => statisticsOf(text, tokens));
  const alone = boundaries === undefined ? [] : [boundaries.onlyMain, boundaries.onlyOther];
  const head = [
    'Tokenizer',
    ...COLUMNS.map(([label]) => label),
    ...(alone.length > 0 ? ['Own boundaries'] : []),
  ];
  const rows = columns.map(({ label }, i) => [
    label,
    ...COLUMNS.map(([, value]) => value(all[i]!)),
    ...(alone.length > 0 ? [formatCount(alone[i]!)] : []),
  ]);
  return element(
    'table',
    { class: 'summary numbers' },
    element('caption', { class: 'visually-hidden' }, 'Counts'),
    element('thead', {}, element('tr', {}, ...head.map((name) => element('th', { scope: 'col' }, name)))),
    element('tbody', {}, ...rows.map((row) => summaryRow(row)), differenceRow(all)),
  );
}

/** As a sentence, for those who hear it. */
export function summaryText(columns: readonly RibbonColumnModel[]): string {
  return columns.map(({ label, column }) => `${label}: ${formatCount(column.count)} tokens`).join(', ');
}

function summaryRow([label, ...values]: readonly string[]): HTMLElement {
  return element(
    'tr',
    {},
    element('th', { scope: 'row', title: label }, label),
    ...values.map((value) => element('td', {}, value)),
  );
}

/** Of the second to the first. */
function differenceRow([main, other]: readonly Statistics[]): HTMLElement | undefined {
  if (main === undefined || other === undefined) return undefined;
  const difference = other.tokens - main.tokens;
  const share = main.tokens === 0 ? 0 : (100 * difference) / main.tokens;
  const row = summaryRow([
    'Difference',
    `${signed(difference, formatCount)} (${signed(share, (value) => value.toFixed(1))} %)`,
    ...[other.charactersPerToken - main.charactersPerToken, other.bytesPerToken - main.bytesPerToken].map(
      (value) => signed(value, (size) => size.toFixed(2)),
    ),
    signed(other.tokensPerLine - main.tokensPerLine, (value) => value.toFixed(1)),
    signed(other.distinct - main.distinct, formatCount),
    '',
  ]);
  row.classList.add('difference');
  return row;
}

/** With a sign before it, a true minus. */
function signed(value: number, format: (size: number) => string): string {
  return `${value < 0 ? '\u2212' : value > 0 ? '+' : '±'}${format(Math.abs(value))}`;
}
