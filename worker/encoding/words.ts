/** Words of a text: what is tagged. */
import { BERT_CLASS, bertClassAt } from '../tokenizers/bert-characters.ts';

export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Runs of letters and digits, and each punctuation character and ideograph by itself, as BERT's tokenizer parts them. */
export function splitWords(text: string): Word[] {
  const words: Word[] = [];
  let start = -1;
  const close = (end: number): void => {
    if (start >= 0) words.push({ text: text.slice(start, end), start, end });
    start = -1;
  };
  let at = 0;
  for (const character of text) {
    const kind = bertClassAt(text, at);
    const isWord = kind === BERT_CLASS.word || (kind === BERT_CLASS.control && start >= 0);
    if (!isWord) close(at);
    else if (start < 0) start = at;
    const end = at + character.length;
    if (kind === BERT_CLASS.punctuation || kind === BERT_CLASS.ideograph) {
      words.push({ text: character, start: at, end });
    }
    at = end;
  }
  close(at);
  return words;
}

/** Given words as a text, one blank between two. */
export function joinWords(given: readonly string[]): Word[] {
  let start = 0;
  return given.map((text) => {
    const word = { text, start, end: start + text.length };
    start = word.end + 1;
    return word;
  });
}
