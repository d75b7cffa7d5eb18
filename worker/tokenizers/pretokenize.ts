import { codePointAt, unitLength } from './utf8.ts';

/**
 * GPT-2's split of a text into words, before any merge. The pattern it follows, character by character:
 *
 *     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 *
 * where \s is Unicode's White_Space, as in OpenAI's encoder.py (Python's `regex` module), tiktoken and Hugging Face's
 * Rust library. JavaScript's \s differs from it in two characters: it has U+FEFF and lacks U+0085.
 */
const LETTER = 1;
const NUMBER = 2;
const SPACE = 3;
const OTHER = 4;

/** The class of each code point; 0 until it is first asked for. */
const classes = new Uint8Array(0x110000);

function classify(codePoint: number): number {
  const character = String.fromCodePoint(codePoint);
  const found = /\p{L}/u.test(character)
    ? LETTER
    : /\p{N}/u.test(character)
      ? NUMBER
      : /\p{White_Space}/u.test(character)
        ? SPACE
        : OTHER;
  classes[codePoint] = found;
  return found;
}

function classAt(text: string, index: number): number {
  const codePoint = codePointAt(text, index);
  return classes[codePoint]! || classify(codePoint);
}

/** Where the run of characters of class `kind` that starts at `start` ends. */
function runEnd(text: string, start: number, end: number, kind: number): number {
  let i = start;
  while (i < end && classAt(text, i) === kind) i += unitLength(text, i);
  return i;
}

/** Length of 's 't 'm 'd 're 've 'll at an apostrophe, or 0. */
function contractionLength(text: string, start: number, end: number): number {
  const left = end - start;
  const first = text[start + 1];
  if (left < 2) return 0;
  if (first === 's' || first === 't' || first === 'm' || first === 'd') return 2;
  const second = text[start + 2];
  if (left < 3) return 0;
  if (first === 'l') return second === 'l' ? 3 : 0;
  return (first === 'r' || first === 'v') && second === 'e' ? 3 : 0;
}

/** The end of the word that starts at `start`, in a text that ends at `end` (UTF-16 offsets, start < end). */
export function wordEnd(text: string, start: number, end: number): number {
  const unit = text.charCodeAt(start);
  if (unit === 0x27) {
    const contraction = contractionLength(text, start, end);
    if (contraction > 0) return start + contraction;
  }
  const kind = classAt(text, start);
  if (kind !== SPACE) return runEnd(text, start, end, kind);
  if (unit === 0x20 && start + 1 < end) {
    const next = classAt(text, start + 1);
    if (next !== SPACE) return runEnd(text, start + 1, end, next);
  }
  // \s+(?!\S): a run leaves its last character to the word that follows it.
  const stop = runEnd(text, start, end, SPACE);
  return stop === end || stop === start + 1 ? stop : stop - 1;
}

/** As {@link wordEnd}, of a text in which each digit (of any script) is a word of its own, and nothing reaches over one. */
export function digitWordEnd(text: string, start: number, end: number): number {
  const kind = classAt(text, start);
  if (kind === NUMBER) return start + unitLength(text, start);
  if (kind === SPACE) {
    const stop = runEnd(text, start, end, SPACE);
    if (stop < end && classAt(text, stop) === NUMBER) return stop;
  }
  return wordEnd(text, start, end);
}
