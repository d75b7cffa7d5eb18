import { MARK } from '../../worker/protocol/tokenizer.ts';
import { element } from '../common/dom.ts';
import { formatCount } from '../common/format.ts';
import { markedText } from './chip.ts';
import { hexOf } from '../common/glyphs.ts';
import type { TokenColumn } from './token-column.ts';

export interface Fact {
  readonly name: string;
  readonly value: Node | string;
}

/** A token of a column. */
export interface ShownToken {
  readonly column: TokenColumn;
  readonly index: number;
  /** Which tokenizer's it is, where two are compared. */
  readonly tokenizer: string | undefined;
}

/** What there is to say about one token. */
export function describeToken({ column, index, tokenizer }: ShownToken): Fact[] {
  const bytes = column.bytes(index);
  const count = bytes.length === 1 ? '1 byte' : `${bytes.length} bytes`;
  const facts: Fact[] = [
    ...(tokenizer === undefined ? [] : [{ name: 'Tokenizer', value: tokenizer }]),
    { name: 'Id', value: String(column.id(index)) },
    { name: 'Text', value: code(markedText(column.text.slice(column.start(index), column.end(index)))) },
    { name: count, value: code(hexOf(bytes)) },
    { name: 'Entry', value: code(markedText(column.entry(index))) },
    { name: 'Token', value: `${formatCount(index + 1)} of ${formatCount(column.count)}` },
  ];
  if (column.isPartial(index)) facts.push({ name: 'Note', value: 'holds a part of the character' });
  if (column.has(index, MARK.added))
    facts.push({ name: 'Note', value: 'added token, found as it is written' });
  return facts;
}

function code(content: Node | string): HTMLElement {
  return element('code', {}, content);
}
