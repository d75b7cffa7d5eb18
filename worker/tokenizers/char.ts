import { ClozeError, throwIfCancelled } from '../base/errors.ts';
import type { AddedToken } from './added-tokens.ts';
import { AddedTokens } from './added-tokens.ts';
import { eosIdOf } from './frame.ts';
import { IdBuffer } from './id-buffer.ts';
import { MARK, PlacedTokenBuffer, type PlacedTokens } from './placed-tokens.ts';
import { TokenStore } from './token-store.ts';
import type { Tokenizer } from './tokenizer.ts';
import { codePointAt, unitLength } from './utf8.ts';

export interface CharModel {
  /** One entry a character (code point), and the unknown token if there is one. */
  readonly vocab: ReadonlyMap<string, number>;
  readonly addedTokens: readonly AddedToken[];
  /** Stands for every character that the vocabulary lacks. Without it such a character is an error. */
  readonly unknownToken?: string | undefined;
}

/** One token a character (Unicode code point). */
export class CharTokenizer implements Tokenizer {
  readonly kind = 'char';
  readonly vocabSize: number;
  readonly specialTokens: ReadonlyMap<string, number>;
  readonly bosId = undefined;
  readonly eosId: number | undefined;
  readonly model: CharModel;
  readonly #store: TokenStore;
  readonly #added: AddedTokens;
  readonly #ids: ReadonlyMap<number, number>;
  readonly #unknown: number | undefined;

  constructor(model: CharModel) {
    this.model = model;
    this.#store = new TokenStore(model.vocab, model.addedTokens, (token) => new TextEncoder().encode(token));
    this.#added = new AddedTokens(model.addedTokens);
    this.vocabSize = this.#store.size;
    this.specialTokens = new Map(
      model.addedTokens.filter(({ special }) => special).map(({ content, id }) => [content, id]),
    );
    this.eosId = eosIdOf(undefined, this.specialTokens);
    const isCharacter = (token: string): boolean => token.length === unitLength(token, 0);
    this.#ids = new Map(
      [...model.vocab]
        .filter(([token]) => isCharacter(token))
        .map(([token, id]) => [codePointAt(token, 0), id]),
    );
    this.#unknown = model.unknownToken === undefined ? undefined : this.tokenToId(model.unknownToken);
  }

  /** Ids of a text. Throws `tokenizer` at a character that the vocabulary lacks, if there is no unknown token. */
  encode(text: string, options: { allowSpecial?: boolean } = {}): Int32Array {
    const ids = new IdBuffer(Math.max(16, text.length));
    this.#walk(text, options.allowSpecial ?? false, (id) => ids.push(id));
    return ids.toArray();
  }

  encodeWithPlaces(text: string, options: { allowSpecial?: boolean } = {}): PlacedTokens {
    const placed = new PlacedTokenBuffer();
    this.#walk(text, options.allowSpecial ?? false, (id, end, added) =>
      placed.push(id, end, MARK.endsWord | (added ? MARK.added : 0)),
    );
    return placed.placed();
  }

  decode(ids: ArrayLike<number>, options: { skipSpecial?: boolean } = {}): string {
    return this.#store.decode(ids, options.skipSpecial ?? false);
  }

  tokenBytes(id: number): Uint8Array {
    return this.#store.bytes(id).slice();
  }

  tokenToId(token: string): number | undefined {
    return this.model.addedTokens.find(({ content }) => content === token)?.id ?? this.model.vocab.get(token);
  }

  idToToken(id: number): string | undefined {
    return this.#store.name(id);
  }

  #walk(text: string, allowSpecial: boolean, visit: (id: number, end: number, added: boolean) => void): void {
    for (const segment of this.#added.segments(text, allowSpecial)) {
      if (segment.id >= 0) {
        visit(segment.id, segment.end, true);
        continue;
      }
      for (let start = segment.start; start < segment.end;) {
        const end = start + unitLength(text, start);
        visit(this.#ids.get(codePointAt(text, start)) ?? this.#unknownAt(text, start), end, false);
        start = end;
      }
    }
  }

  #unknownAt(text: string, index: number): number {
    if (this.#unknown !== undefined) return this.#unknown;
    const codePoint = codePointAt(text, index);
    const name = `${JSON.stringify(String.fromCodePoint(codePoint))} (U+${codePoint.toString(16).toUpperCase().padStart(4, '0')})`;
    throw new ClozeError('tokenizer', `character ${name} at offset ${index} is not in the vocabulary`, {
      hint: 'train the tokenizer on text that has it, give it an unknown token, or use a byte-level BPE',
      details: { codePoint, index },
    });
  }
}

/**
 * A character tokenizer whose vocabulary is every code point of a corpus in ascending order, then the special tokens,
 * then the unknown token if one is named. Throws `data` if there is no text, `cancelled`.
 */
export async function trainChar(options: {
  readonly texts: Iterable<string> | AsyncIterable<string>;
  /** Default: none. */
  readonly specialTokens?: readonly string[] | undefined;
  readonly unknownToken?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((characters: number) => void) | undefined;
}): Promise<CharTokenizer> {
  const { texts, specialTokens = [], unknownToken, signal, onProgress } = options;
  const seen = new Uint8Array(0x110000);
  let characters = 0;
  for await (const text of texts) {
    throwIfCancelled(signal);
    for (let i = 0; i < text.length; i += unitLength(text, i)) seen[codePointAt(text, i)] = 1;
    characters += text.length;
    onProgress?.(characters);
  }
  const codePoints = [...seen.keys()].filter((codePoint) => seen[codePoint] === 1);
  if (codePoints.length === 0) {
    throw new ClozeError('data', 'no text to train a tokenizer on: every document is empty');
  }
  const added = unknownToken === undefined ? specialTokens : [...specialTokens, unknownToken];
  return new CharTokenizer({
    vocab: new Map(codePoints.map((codePoint, id) => [String.fromCodePoint(codePoint), id])),
    addedTokens: added.map((content, i) => ({ id: codePoints.length + i, content, special: true })),
    unknownToken,
  });
}
