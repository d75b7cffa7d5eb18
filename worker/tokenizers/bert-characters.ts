import { codePointAt } from './utf8.ts';

/** What BERT's normalizer and pre-tokenizer make of a character. Each code point has one of these. */
export const BERT_CLASS = {
  word: 1,
  /** Stands alone: Unicode's P, and all of ASCII that is neither letter, digit, space nor control. */
  punctuation: 2,
  /** A CJK ideograph: stands alone where the normalizer spaces them. */
  ideograph: 3,
  /** White space that cleaning keeps, as a space. */
  space: 4,
  /** Control, format, private use, U+0000, U+FFFD and lone surrogates, which cleaning drops. */
  control: 5,
  /** Both white space and a control character: dropped by cleaning, a space without it. */
  controlSpace: 6,
} as const;

/** The class of each code point; 0 until it is first asked for. */
const classes = new Uint8Array(0x110000);

/** The class of the character at `index`; a lone surrogate counts as U+FFFD. */
export function bertClassAt(text: string, index: number): number {
  const codePoint = codePointAt(text, index);
  return classes[codePoint]! || (classes[codePoint] = classify(codePoint));
}

function classify(codePoint: number): number {
  const character = String.fromCodePoint(codePoint);
  const isKeptControl = character === '\t' || character === '\n' || character === '\r';
  const isControl = !isKeptControl && (/[\p{Cc}\p{Cf}\p{Co}]/u.test(character) || codePoint === 0xfffd);
  const isSpace = /\p{White_Space}/u.test(character);
  if (isControl) return isSpace ? BERT_CLASS.controlSpace : BERT_CLASS.control;
  if (isSpace) return BERT_CLASS.space;
  if (/[\p{P}!-/:-@[-`{-~]/u.test(character)) return BERT_CLASS.punctuation;
  return isIdeograph(codePoint) ? BERT_CLASS.ideograph : BERT_CLASS.word;
}

/** 1 for a nonspacing mark, Unicode's Mn, 2 for another character; 0 until it is first asked for. */
const marks = new Uint8Array(0x110000);

/** Whether the character at `index` is one that stripping accents takes away. */
export function isNonspacingMark(text: string, index: number): boolean {
  const codePoint = codePointAt(text, index);
  marks[codePoint] ||= /\p{Mn}/u.test(String.fromCodePoint(codePoint)) ? 1 : 2;
  return marks[codePoint] === 1;
}

/** The blocks of CJK ideographs that BERT's tokenization.py names (_is_chinese_char); kana and hangul are not in them. */
const IDEOGRAPHS: readonly (readonly [first: number, last: number])[] = [
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xf900, 0xfaff],
  [0x20000, 0x2a6df],
  [0x2a700, 0x2b73f],
  [0x2b740, 0x2b81f],
  [0x2b820, 0x2ceaf],
  [0x2f800, 0x2fa1f],
];

function isIdeograph(codePoint: number): boolean {
  return IDEOGRAPHS.some(([first, last]) => codePoint >= first && codePoint <= last);
}
