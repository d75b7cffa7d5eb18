import { MARK } from '../../worker/protocol/tokenizer.ts';
import { element } from '../common/dom.ts';
import { glyphsOf, hexOf, spoken, textOf } from '../common/glyphs.ts';
import type { TokenColumn } from './token-column.ts';

const HUES = 6;

export interface ChipOptions {
  readonly column: TokenColumn;
  readonly index: number;
  /** Of the text that the chip shows: the token's own, or what of it is in a row. */
  readonly from: number;
  readonly to: number;
  readonly ids: boolean;
  /** Whether the other tokenizer does not cut where the token begins. */
  readonly cutsAlone: boolean;
}

/** A token, or what of it is in one row. */
export function chip({ column, index, from, to, ids, cutsAlone }: ChipOptions): HTMLElement {
  const begins = from === column.start(index);
  const classes = [
    'token',
    `hue-${hueOf(column, index)}`,
    begins ? undefined : 'continued',
    to === column.end(index) ? undefined : 'goes-on',
    column.beginsInside(index) ? 'inside' : undefined,
    cutsAlone && begins ? 'alone' : undefined,
    column.has(index, MARK.added) ? 'added' : undefined,
  ];
  const host = element('span', { class: classes.filter((name) => name !== undefined).join(' ') });
  host.dataset.token = String(index);
  host.append(chipText(column, index, from, to));
  if (ids) host.dataset.id = begins ? String(column.id(index)) : '';
  return host;
}

/** A token's name for those who do not see it. */
export function tokenName(column: TokenColumn, index: number): string {
  const bytes = column.bytes(index);
  const what = column.isPartial(index) ? undefined : textOf(bytes);
  return `${what === undefined ? `bytes ${hexOf(bytes)}` : spoken(what)}, id ${column.id(index)}`;
}

/** A text with marks for what would not be seen. */
export function markedText(text: string): HTMLElement {
  return element('span', { class: 'text' }, ...glyphsOf(text).map((run) => glyphRun(run)));
}

function glyphRun({ text, mark }: { text: string; mark: boolean }): HTMLElement | string {
  if (!mark) return text;
  return element('span', { class: text.startsWith('U+') ? 'mark code-point' : 'mark' }, text);
}

/** The token's text; of tokens that share a character the first shows it, and each its bytes. */
function chipText(column: TokenColumn, index: number, from: number, to: number): HTMLElement {
  const { text } = column;
  if (!column.isPartial(index)) return markedText(text.slice(from, to));
  const shown = column.beginsInside(index) ? '' : text.slice(from, to);
  const host = markedText(shown);
  host.append(element('span', { class: 'bytes' }, hexOf(column.bytes(index))));
  return host;
}

/** By id, so that a token looks the same wherever it occurs; neighbours that would look alike are told apart. */
function hueOf(column: TokenColumn, index: number): number {
  const hue = scatter(column.id(index));
  if (index === 0 || scatter(column.id(index - 1)) !== hue) return hue;
  return (hue + 1 + (index & 1)) % HUES;
}

/** Ids that are close to each other get hues that are not (Knuth's multiplicative hash). */
function scatter(id: number): number {
  return ((Math.imul(id, 0x9e3779b1) >>> 16) & 0xffff) % HUES;
}
