import { ClozeError } from '../base/errors.ts';
import type { AddedToken } from './added-tokens.ts';

/** The entries of a vocabulary by id: their names, and their bytes one after another in one array. */
export class TokenStore {
  /** V: one more than the largest id. */
  readonly size: number;
  readonly #names: (string | undefined)[];
  readonly #bytes: Uint8Array;
  readonly #ends: Int32Array;
  readonly #special: ReadonlySet<number>;

  /** `bytesOf` spells an entry of `vocab`; added tokens stand for their own UTF-8. Throws `tokenizer`. */
  constructor(
    vocab: ReadonlyMap<string, number>,
    added: readonly AddedToken[],
    bytesOf: (token: string) => Uint8Array,
  ) {
    const spelled: Uint8Array[] = [];
    this.#names = [];
    for (const [token, id] of vocab) {
      if (this.#names[id] !== undefined) {
        throw new ClozeError('tokenizer', `id ${id} has two tokens: "${this.#names[id]}" and "${token}"`);
      }
      this.#names[id] = token;
      spelled[id] = bytesOf(token);
    }
    for (const { id, content } of added) {
      const name = this.#names[id];
      if (name !== undefined && name !== content) {
        throw new ClozeError('tokenizer', `id ${id} has two tokens: "${name}" and the added "${content}"`);
      }
      this.#names[id] = content;
      spelled[id] = new TextEncoder().encode(content);
    }
    this.size = this.#names.length;
    this.#special = new Set(added.filter(({ special }) => special).map(({ id }) => id));
    this.#ends = new Int32Array(this.size);
    let end = 0;
    for (let id = 0; id < this.size; id++) this.#ends[id] = end += spelled[id]?.length ?? 0;
    this.#bytes = new Uint8Array(end);
    spelled.forEach((bytes, id) => this.#bytes.set(bytes, this.#start(id)));
  }

  name(id: number): string | undefined {
    return this.#names[id];
  }

  byteLength(id: number): number {
    return this.#ends[id]! - this.#start(id);
  }

  /** The token's UTF-8 bytes, a view. Throws `tokenizer` on an id that the vocabulary lacks. */
  bytes(id: number): Uint8Array {
    if (this.#names[id] === undefined) {
      throw new ClozeError(
        'tokenizer',
        `no token has id ${id}: the vocabulary has ids 0 to ${this.size - 1}`,
        {
          hint: 'use the tokenizer that the model was trained with',
          details: { id, vocabSize: this.size },
        },
      );
    }
    return this.#bytes.subarray(this.#start(id), this.#ends[id]);
  }

  /** Text of ids; bytes that are not UTF-8 become U+FFFD. Throws as {@link bytes}. */
  decode(ids: ArrayLike<number>, skipSpecial: boolean): string {
    const parts = Array.from(ids)
      .filter((id) => !(skipSpecial && this.#special.has(id)))
      .map((id) => this.bytes(id));
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.concat(parts));
  }

  #start(id: number): number {
    return id === 0 ? 0 : this.#ends[id - 1]!;
  }
}
