import { MARK, type TokenizedText } from '../../worker/protocol/tokenizer.ts';
import { TokenColumn } from './token-column.ts';

const encoder = new TextEncoder();

/**
 * A column from the tokens of a text, one after another; a number stands for that many bytes of the character that comes next.
 * Each token is a word of its own.
 */
export function columnOf(
  ...pieces: readonly (string | readonly [character: string, ...bytes: number[]])[]
): TokenColumn {
  const ends: number[] = [];
  const marks: number[] = [];
  const spelled: Uint8Array[] = [];
  let text = '';
  for (const piece of pieces) {
    const [characters, ...parts] = typeof piece === 'string' ? [piece] : piece;
    text += characters;
    const bytes = encoder.encode(characters);
    const lengths = parts.length === 0 ? [bytes.length] : parts;
    let at = 0;
    for (const [i, length] of lengths.entries()) {
      ends.push(text.length);
      marks.push(i === lengths.length - 1 ? MARK.endsWord : MARK.insideCharacter);
      spelled.push(bytes.slice(at, (at += length)));
    }
  }
  let end = 0;
  const tokens: TokenizedText = {
    kind: 'bpe',
    version: '',
    vocabSize: spelled.length,
    ids: Int32Array.from(spelled.keys()),
    ends: Uint32Array.from(ends),
    marks: Uint8Array.from(marks),
    used: {
      ids: Int32Array.from(spelled.keys()),
      entries: spelled.map((bytes) => String.fromCharCode(...bytes)),
      bytes: Uint8Array.from(spelled.flatMap((bytes) => [...bytes])),
      ends: Uint32Array.from(spelled, ({ length }) => (end += length)),
    },
    distinct: spelled.length,
    characters: Array.from(text).length,
    bytes: end,
  };
  return new TokenColumn(text, tokens);
}
