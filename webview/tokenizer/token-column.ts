/** One tokenizer's view of a text, by index of token and by offset. */
import { MARK, startOf, type TokenizedText } from '../../worker/protocol/tokenizer.ts';

export class TokenColumn {
  readonly text: string;
  readonly tokens: TokenizedText;
  /** Row in `tokens.used` of each id. */
  readonly #rows: ReadonlyMap<number, number>;

  constructor(text: string, tokens: TokenizedText) {
    this.text = text;
    this.tokens = tokens;
    this.#rows = new Map(Array.from(tokens.used.ids, (id, row) => [id, row]));
  }

  get count(): number {
    return this.tokens.ids.length;
  }

  id(index: number): number {
    return this.tokens.ids[index]!;
  }

  /** UTF-16 offset of the first character that holds a byte of the token. */
  start(index: number): number {
    return startOf(this.text, this.tokens, index);
  }

  /** UTF-16 offset after the last such character. */
  end(index: number): number {
    return this.tokens.ends[index]!;
  }

  has(index: number, mark: (typeof MARK)[keyof typeof MARK]): boolean {
    return (this.tokens.marks[index]! & mark) !== 0;
  }

  /** Whether the token begins inside a character. */
  beginsInside(index: number): boolean {
    return index > 0 && this.has(index - 1, MARK.insideCharacter);
  }

  /** Whether it holds a part of a character. */
  isPartial(index: number): boolean {
    return this.has(index, MARK.insideCharacter) || this.beginsInside(index);
  }

  entry(index: number): string {
    return this.tokens.used.entries[this.#row(index)]!;
  }

  bytes(index: number): Uint8Array {
    const row = this.#row(index);
    const { bytes, ends } = this.tokens.used;
    return bytes.subarray(row === 0 ? 0 : ends[row - 1], ends[row]);
  }

  /** The first token that ends after an offset; `count` if none does. */
  at(offset: number): number {
    const { ends } = this.tokens;
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle]! > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The tokens that hold something of a stretch of text: from the first to before the last. Of an empty one, none. */
  within(from: number, to: number): { first: number; last: number } {
    const first = this.at(from);
    let last = from < to ? this.at(to) : first;
    while (from < to && last < this.count && this.start(last) < to) last++;
    return { first, last };
  }

  /** The first and the last token of the word that a token belongs to. */
  word(index: number): { first: number; last: number } {
    let first = index;
    let last = index;
    while (first > 0 && !this.has(first - 1, MARK.endsWord)) first--;
    while (!this.has(last, MARK.endsWord)) last++;
    return { first, last };
  }

  #row(index: number): number {
    return this.#rows.get(this.id(index))!;
  }
}
