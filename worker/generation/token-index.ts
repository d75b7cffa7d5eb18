import type { Tokenizer } from '../tokenizers/tokenizer.ts';

/** Finds the tokens of a vocabulary by what their bytes begin with. */
export class TokenIndex {
  static readonly #known = new WeakMap<Tokenizer, TokenIndex>();

  /** Ids in order of their tokens' bytes; special tokens and empty ones are left out. */
  readonly #ids: Int32Array;
  readonly #bytes: readonly Uint8Array[];

  private constructor(tokenizer: Tokenizer) {
    const special = new Set(tokenizer.specialTokens.values());
    const entries: { id: number; bytes: Uint8Array }[] = [];
    for (let id = 0; id < tokenizer.vocabSize; id++) {
      if (special.has(id) || tokenizer.idToToken(id) === undefined) continue;
      const bytes = tokenizer.tokenBytes(id);
      if (bytes.length > 0) entries.push({ id, bytes });
    }
    entries.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
    this.#ids = Int32Array.from(entries, ({ id }) => id);
    this.#bytes = entries.map(({ bytes }) => bytes);
  }

  /** The index of a tokenizer, made once. */
  static of(tokenizer: Tokenizer): TokenIndex {
    let index = TokenIndex.#known.get(tokenizer);
    if (index === undefined) {
      index = new TokenIndex(tokenizer);
      TokenIndex.#known.set(tokenizer, index);
    }
    return index;
  }

  /** Tokens that a text beginning with `bytes` may begin with: those that `bytes` begins, and those that begin it. */
  compatibleWith(bytes: Uint8Array): number[] {
    const ids: number[] = [];
    for (let length = 1; length < bytes.length; length++) {
      const head = bytes.subarray(0, length);
      for (
        let i = this.#lowerBound(head);
        i < this.#ids.length && Buffer.compare(this.#bytes[i]!, head) === 0;
        i++
      ) {
        ids.push(this.#ids[i]!);
      }
    }
    for (let i = this.#lowerBound(bytes); i < this.#ids.length && startsWith(this.#bytes[i]!, bytes); i++) {
      ids.push(this.#ids[i]!);
    }
    return ids;
  }

  /** The first entry that does not come before `bytes`. */
  #lowerBound(bytes: Uint8Array): number {
    let low = 0;
    for (let high = this.#ids.length; low < high;) {
      const middle = (low + high) >> 1;
      if (Buffer.compare(this.#bytes[middle]!, bytes) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function startsWith(bytes: Uint8Array, head: Uint8Array): boolean {
  return bytes.length >= head.length && head.every((byte, i) => bytes[i] === byte);
}
