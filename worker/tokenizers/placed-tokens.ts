import { IdBuffer } from './id-buffer.ts';
import { unitLength, utf8Length } from './utf8.ts';

/** What is said of a token beside its id and its end: one bit each. */
export const MARK = {
  /** It ends inside a character, whose other bytes the next tokens hold. */
  insideCharacter: 1,
  /** It is the last of its word: merges join nothing across this place. */
  endsWord: 2,
  /** It was found as it is written, before any merge. */
  added: 4,
} as const;

/** A text's tokens and where they stand: three columns of one row a token, light enough for large texts. */
export interface PlacedTokens {
  readonly ids: Int32Array<ArrayBuffer>;
  /** UTF-16 offset after the token; one that ends inside a character ends after it. */
  readonly ends: Uint32Array<ArrayBuffer>;
  /** Bits of {@link MARK}. */
  readonly marks: Uint8Array<ArrayBuffer>;
}

/** UTF-16 offset of the first character that holds a byte of the token. */
export function startOf(text: string, { ends, marks }: PlacedTokens, index: number): number {
  if (index === 0) return 0;
  const end = ends[index - 1]!;
  if ((marks[index - 1]! & MARK.insideCharacter) === 0) return end;
  return end - (end > 1 && unitLength(text, end - 2) === 2 ? 2 : 1);
}

/** Collects placed tokens. */
export class PlacedTokenBuffer {
  readonly #ids = new IdBuffer(1024);
  readonly #ends = new IdBuffer(1024);
  readonly #marks = new IdBuffer(1024);

  push(id: number, end: number, marks: number): void {
    this.#ids.push(id);
    this.#ends.push(end);
    this.#marks.push(marks);
  }

  /**
   * Adds the tokens of the word that starts at `start`; `byteLength` says how many UTF-8 bytes a token holds, `original` where
   * the text that is told about has what ends at an offset of this one.
   */
  pushWord(
    text: string,
    start: number,
    ids: IdBuffer,
    byteLength: (id: number) => number,
    original: (offset: number) => number,
  ): void {
    let at = start; // the character that the walk is in, and how many of its bytes are behind it
    let behind = 0;
    for (let i = 0; i < ids.length; i++) {
      behind += byteLength(ids.at(i));
      while (behind > 0) {
        const width = utf8Length(text, at);
        if (behind < width) break;
        behind -= width;
        at += unitLength(text, at);
      }
      const inside = behind > 0;
      this.push(
        ids.at(i),
        original(inside ? at + unitLength(text, at) : at),
        (inside ? MARK.insideCharacter : 0) | (i === ids.length - 1 ? MARK.endsWord : 0),
      );
    }
  }

  placed(): PlacedTokens {
    return {
      ids: this.#ids.toArray(),
      ends: Uint32Array.from(this.#ends.toArray()),
      marks: Uint8Array.from(this.#marks.toArray()),
    };
  }
}
