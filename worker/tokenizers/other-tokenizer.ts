import { ClozeError } from '../base/errors.ts';
import type { AddedToken } from './added-tokens.ts';
import { bosIdOf, eosIdOf } from './frame.ts';
import { type LibraryTokenizer, openLibrary } from './huggingface-library.ts';
import { MARK, PlacedTokenBuffer, type PlacedTokens } from './placed-tokens.ts';
import { alignTokens } from './token-alignment.ts';
import { tokenSpelling } from './token-spelling.ts';
import { TokenStore } from './token-store.ts';
import type { TokenizerJson } from './tokenizer-json-schema.ts';
import type { Tokenizer } from './tokenizer.ts';
import { unitLength, utf8Length } from './utf8.ts';
import { withoutSpecial } from './without-special.ts';

/**
 * A tokenizer of a kind that only Hugging Face's library reads: Unigram, another split or normalizer. It encodes and decodes
 * as the library does, which tells no places: those are exact where the tokens spell the text byte for byte, and found by
 * comparison elsewhere (token-alignment.ts).
 */
export class OtherTokenizer implements Tokenizer {
  readonly kind = 'other';
  readonly vocabSize: number;
  readonly specialTokens: ReadonlyMap<string, number>;
  readonly bosId: number | undefined;
  readonly eosId: number | undefined;
  /** Its tokenizer.json. */
  readonly json: TokenizerJson;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #added: ReadonlyMap<number, AddedToken>;
  readonly #store: TokenStore;
  readonly #make: (json: object) => LibraryTokenizer;
  /** Recognises special tokens in a text. */
  readonly #all: LibraryTokenizer;
  /** Does not; made when it is first needed. */
  #ordinary: LibraryTokenizer | undefined;

  private constructor(
    json: TokenizerJson,
    eosToken: string | undefined,
    make: (json: object) => LibraryTokenizer,
  ) {
    this.json = json;
    this.#make = make;
    this.#all = make(json);
    this.#ids = new Map([...this.#all.get_vocab(true)].filter(isNamed));
    this.#added = new Map(json.added_tokens.map((token) => [token.id, token]));
    this.#store = new TokenStore(this.#ids, json.added_tokens, tokenSpelling(json.decoder));
    this.vocabSize = this.#store.size;
    this.specialTokens = new Map(
      json.added_tokens.filter(({ special }) => special).map(({ content, id }) => [content, id]),
    );
    this.bosId = bosIdOf(json.post_processor, this.specialTokens);
    this.eosId = eosIdOf(eosToken, this.specialTokens);
  }

  /**
   * With the `eos_token` of the tokenizer_config.json beside the file. Throws `tokenizer` where the library does not know a part
   * of the file, or a token can not be spelled.
   */
  static async from(json: TokenizerJson, eosToken?: string): Promise<OtherTokenizer> {
    return new OtherTokenizer(json, eosToken, await openLibrary());
  }

  /** Ids of a text. Throws `tokenizer` if the vocabulary lacks a part of it and has no unknown token. */
  encode(text: string, { allowSpecial = false }: { allowSpecial?: boolean } = {}): Int32Array {
    const library = allowSpecial || this.specialTokens.size === 0 ? this.#all : this.#ordinaryLibrary();
    const { ids } = library.encode(text, { add_special_tokens: false });
    return Int32Array.from(ids, (id) => {
      if (Number.isInteger(id)) return id;
      throw new ClozeError(
        'tokenizer',
        'the vocabulary has no token for a part of the text, and no unknown token',
      );
    });
  }

  encodeWithPlaces(text: string, options: { allowSpecial?: boolean } = {}): PlacedTokens {
    const ids = this.encode(text, options);
    const placed = new PlacedTokenBuffer();
    const exact = this.#exactEnds(text, ids);
    const spelled = (id: number): string => new TextDecoder().decode(this.#store.bytes(id));
    const ends = exact ?? alignTokens(text, Array.from(ids, spelled)).map((end) => ({ end, inside: false }));
    ids.forEach((id, i) => {
      const { end, inside } = ends[i]!;
      const added = this.#added.has(id);
      const next = ids[i + 1];
      const endsWord = added || next === undefined || this.#added.has(next) || this.#beginsWord(next);
      placed.push(
        id,
        end,
        (added ? MARK.added : 0) |
          (inside ? MARK.insideCharacter : 0) |
          (endsWord && !inside ? MARK.endsWord : 0),
      );
    });
    return placed.placed();
  }

  decode(ids: ArrayLike<number>, { skipSpecial = false }: { skipSpecial?: boolean } = {}): string {
    const known = Array.from(ids);
    for (const id of known) this.#store.bytes(id); // throws where there is no such token
    if (known.length === 0) return '';
    const options = { skip_special_tokens: skipSpecial, clean_up_tokenization_spaces: false };
    return this.#all.decode(known, options);
  }

  tokenBytes(id: number): Uint8Array {
    return this.#store.bytes(id).slice();
  }

  tokenToId(token: string): number | undefined {
    return this.#ids.get(token);
  }

  idToToken(id: number): string | undefined {
    return this.#store.name(id);
  }

  #ordinaryLibrary(): LibraryTokenizer {
    return (this.#ordinary ??= this.#make(withoutSpecial(this.json)));
  }

  #beginsWord(id: number): boolean {
    return this.#store.bytes(id)[0] === 0x20;
  }

  /** Where each token ends, if together they spell the text, perhaps with a blank before it; else undefined. */
  #exactEnds(text: string, ids: Int32Array): { end: number; inside: boolean }[] | undefined {
    const spelled = Buffer.concat(Array.from(ids, (id) => this.#store.bytes(id)));
    const bytes = Buffer.from(text);
    const before = spelled.length - bytes.length;
    const isBlank = before === 0 || (before === 1 && spelled[0] === 0x20);
    if (!isBlank || !spelled.subarray(before).equals(bytes)) return undefined;
    let at = 0; // the character that the walk is in, and how many of its bytes are behind it
    let behind = -before;
    return Array.from(ids, (id) => {
      behind += this.#store.byteLength(id);
      while (behind > 0 && behind >= utf8Length(text, at)) {
        behind -= utf8Length(text, at);
        at += unitLength(text, at);
      }
      const inside = behind > 0;
      return { end: inside ? at + unitLength(text, at) : at, inside };
    });
  }
}

/** The library lists ids that no token has, too. */
function isNamed(entry: readonly [string | undefined, number]): entry is [string, number] {
  return entry[0] !== undefined;
}
