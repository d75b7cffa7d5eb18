import { BERT_CLASS, bertClassAt } from './bert-characters.ts';
import type { BertNormalizer } from './bert-normalizer.ts';
import { unitLength } from './utf8.ts';

/** What an ASCII character does to the walk below; 0: part of a word. */
const PUNCTUATION = 1;
const BREAK = 2;

const ascii = Uint8Array.from({ length: 128 }, (_, unit) => {
  const found = bertClassAt(String.fromCharCode(unit), 0);
  if (found === BERT_CLASS.word) return 0;
  return found === BERT_CLASS.punctuation ? PUNCTUATION : BREAK;
});

/** Whether the character at `index` of a normalized text is punctuation, a word of its own. */
function isPunctuation(text: string, index: number): boolean {
  return bertClassAt(text, index) === BERT_CLASS.punctuation;
}

/**
 * Goes over a text's stretches between white space: the units that BERT's normalizer works in. An ideograph that is to
 * be spaced is a stretch of its own.
 */
export class StretchWalk {
  /** Of the stretch that the walk is at, UTF-16 offsets. */
  start = 0;
  end = 0;
  /** Whether the stretch is printable ASCII, of which the normalizer changes at most the case. */
  isPlain = false;
  readonly #normalizer: BertNormalizer;

  constructor(normalizer: BertNormalizer) {
    this.#normalizer = normalizer;
  }

  /** Goes to the first stretch of text[from..end); false if there is none. */
  seek(text: string, from: number, end: number): boolean {
    let at = from;
    while (at < end && this.#isBetween(text, at)) at += unitLength(text, at);
    if (at >= end) return false;
    this.start = at;
    while (at < end && isPlainUnit(text.charCodeAt(at))) at++;
    this.isPlain = at === end || text.charCodeAt(at) === 0x20 || this.#endsAt(text, at);
    if (!this.isPlain) at = this.#stretchEnd(text, at, end);
    this.end = at;
    return true;
  }

  #isBetween(text: string, index: number): boolean {
    return this.#normalizer.isSpace(text, index) || this.#normalizer.drops(text, index);
  }

  #endsAt(text: string, index: number): boolean {
    if (index === this.start) return false;
    return this.#normalizer.isSpace(text, index) || this.#normalizer.standsAlone(text, index);
  }

  #stretchEnd(text: string, from: number, end: number): number {
    if (from === this.start && this.#normalizer.standsAlone(text, from)) return from + unitLength(text, from);
    let at = from;
    while (at < end && !this.#endsAt(text, at)) at += unitLength(text, at);
    return at;
  }
}

const isPlainUnit = (unit: number): boolean => unit > 0x20 && unit < 0x7f;

/** The end of the word that starts at `start` in printable ASCII: one punctuation character, or a run of others. */
export function plainWordEnd(text: string, start: number, end: number): number {
  if (ascii[text.charCodeAt(start)] === PUNCTUATION) return start + 1;
  let at = start + 1;
  while (at < end && ascii[text.charCodeAt(at)] === 0) at++;
  return at;
}

/** As {@link plainWordEnd}, of any normalized text that is not white space at `start`. */
export function normalizedWordEnd(text: string, start: number, end: number): number {
  let at = start + unitLength(text, start);
  if (isPunctuation(text, start)) return at;
  while (at < end && !isPunctuation(text, at)) at += unitLength(text, at);
  return at;
}
