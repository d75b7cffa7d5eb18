import { ClozeError } from '../base/errors.ts';
import type { AddedToken } from './added-tokens.ts';
import { AddedTokens } from './added-tokens.ts';
import { BYTE_SYMBOLS, bytesOfToken } from './byte-symbols.ts';
import { bosIdOf, eosIdOf, type Frame } from './frame.ts';
import { IdBuffer } from './id-buffer.ts';
import { Merger } from './merge.ts';
import { PairTable } from './pair-table.ts';
import { MARK, PlacedTokenBuffer, type PlacedTokens } from './placed-tokens.ts';
import { TokenStore } from './token-store.ts';
import { composed, type ComposedText } from './composed-text.ts';
import type { Tokenizer } from './tokenizer.ts';
import { encodeUtf8 } from './utf8.ts';
import { WORD_SPLITS, type WordEnd, type WordSplitName } from './word-splits.ts';
import { WordTable } from './word-table.ts';

/** What a byte-level BPE is made of, in the 256-symbol byte alphabet. */
export interface BpeModel {
  readonly vocab: ReadonlyMap<string, number>;
  /** In order of rank, none twice. */
  readonly merges: readonly (readonly [left: string, right: string])[];
  readonly addedTokens: readonly AddedToken[];
  /** How a text is cut into words, inside of which merges work; default: as GPT-2 does. */
  readonly split?: WordSplitName | undefined;
  /** Whether a text is first brought into Unicode's composed form. */
  readonly composes?: boolean | undefined;
  /** Whether a word that the vocabulary has is that token, whatever the merges say (`ignore_merges`). */
  readonly wholeWords?: boolean | undefined;
  /** The `post_processor` of its tokenizer.json, where it is not the usual one. */
  readonly frame?: Frame | undefined;
  /** The `eos_token` of its tokenizer_config.json. */
  readonly eosToken?: string | undefined;
}

/** One application of a merge, and the word after it. */
export interface MergeStep {
  readonly rank: number;
  readonly left: string;
  readonly right: string;
  readonly pieces: readonly string[];
}

/** How one word of a text became tokens: its byte symbols, then each merge in order. */
export interface WordExplanation {
  /** UTF-16 offsets into the text. */
  readonly start: number;
  readonly end: number;
  readonly symbols: readonly string[];
  readonly steps: readonly MergeStep[];
  readonly ids: readonly number[];
}

/** Longer words are rarely seen twice; they are merged anew. UTF-16 units. */
const LONGEST_CACHED_WORD = 64;
const MOST_CACHED_WORDS = 1 << 17;

/**
 * Byte-level BPE as GPT-2's (Radford et al. 2019; encoder.py). Any text can be encoded and comes back as it was, or where
 * the model composes texts, in the composed form.
 */
export class BpeTokenizer implements Tokenizer {
  readonly kind = 'bpe';
  readonly vocabSize: number;
  readonly specialTokens: ReadonlyMap<string, number>;
  readonly bosId: number | undefined;
  readonly eosId: number | undefined;
  readonly model: BpeModel;
  readonly #store: TokenStore;
  readonly #added: AddedTokens;
  readonly #pairs = new PairTable();
  readonly #merger: Merger;
  readonly #wordEnd: WordEnd;
  /** Id of each byte's symbol, -1 where the vocabulary lacks it. */
  readonly #byteIds: Int32Array;
  /** Scratch for the word being merged. */
  #symbols = new Int32Array(256);
  /** Words already merged: ids of word i are #cachedIds[#cachedEnds[i - 1] .. #cachedEnds[i]). */
  readonly #cache = new WordTable();
  readonly #cachedIds = new IdBuffer();
  readonly #cachedEnds = new IdBuffer();

  /** Throws `tokenizer` if a merge uses or makes a token that the vocabulary lacks, or comes twice. */
  constructor(model: BpeModel) {
    this.model = model;
    this.#wordEnd = WORD_SPLITS[model.split ?? 'gpt2'].wordEnd;
    this.#store = new TokenStore(model.vocab, model.addedTokens, bytesOfToken);
    this.#added = new AddedTokens(model.addedTokens);
    this.vocabSize = this.#store.size;
    this.specialTokens = new Map(
      model.addedTokens.filter(({ special }) => special).map(({ content, id }) => [content, id]),
    );
    this.bosId = bosIdOf(model.frame, this.specialTokens);
    this.eosId = eosIdOf(model.eosToken, this.specialTokens);
    this.#byteIds = Int32Array.from(BYTE_SYMBOLS, (symbol) => model.vocab.get(symbol) ?? -1);
    const merged = Int32Array.from(model.merges, ([left, right], rank) => {
      const ids = [left, right, left + right].map((token) => {
        const id = model.vocab.get(token);
        if (id !== undefined) return id;
        throw new ClozeError(
          'tokenizer',
          `merge ${rank} (${left} ${right}) needs "${token}", not in the vocabulary`,
        );
      });
      if (this.#pairs.intern(ids[0]!, ids[1]!) === rank) return ids[2]!;
      throw new ClozeError('tokenizer', `merge ${rank} (${left} ${right}) comes twice`);
    });
    this.#merger = new Merger(this.#pairs, merged);
  }

  /** Ids of a text; a lone surrogate is encoded as U+FFFD. Throws `tokenizer` if the vocabulary lacks a byte of it. */
  encode(text: string, options: { allowSpecial?: boolean } = {}): Int32Array {
    const ids = new IdBuffer(Math.max(16, text.length >> 1));
    for (const segment of this.#added.segments(text, options.allowSpecial ?? false)) {
      if (segment.id >= 0) ids.push(segment.id);
      else this.#encodeOrdinary(text, segment.start, segment.end, ids);
    }
    return ids.toArray();
  }

  encodeWithPlaces(text: string, options: { allowSpecial?: boolean } = {}): PlacedTokens {
    const placed = new PlacedTokenBuffer();
    const ids = new IdBuffer();
    const byteLength = (id: number): number => this.#store.byteLength(id);
    for (const { id, start, end } of this.#added.segments(text, options.allowSpecial ?? false)) {
      if (id >= 0) {
        placed.push(id, end, MARK.added | MARK.endsWord);
        continue;
      }
      const own = this.#prepared(text, start, end);
      for (let from = own.start; from < own.end;) {
        const to = this.#wordEnd(own.text, from, own.end);
        ids.clear();
        this.#encodeWord(own.text, from, to, ids);
        placed.pushWord(own.text, from, ids, byteLength, own.original);
        from = to;
      }
    }
    return placed.placed();
  }

  /** How each word becomes tokens. Added tokens appear as words of one symbol and no step. */
  explain(text: string, options: { allowSpecial?: boolean } = {}): WordExplanation[] {
    const words: WordExplanation[] = [];
    for (const { id, start, end } of this.#added.segments(text, options.allowSpecial ?? false)) {
      if (id >= 0) {
        words.push({ start, end, symbols: [this.#store.name(id)!], steps: [], ids: [id] });
        continue;
      }
      const own = this.#prepared(text, start, end);
      for (let from = own.start; from < own.end;) {
        const to = this.#wordEnd(own.text, from, own.end);
        const explained = this.#explainWord(own.text, from, to);
        words.push({ ...explained, start: words.at(-1)?.end ?? 0, end: own.original(to) });
        from = to;
      }
    }
    return words;
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

  #encodeOrdinary(text: string, start: number, end: number, out: IdBuffer): void {
    const own = this.#prepared(text, start, end);
    for (let from = own.start; from < own.end;) {
      const to = this.#wordEnd(own.text, from, own.end);
      this.#encodeWord(own.text, from, to, out);
      from = to;
    }
  }

  #prepared(text: string, start: number, end: number): ComposedText {
    if (this.model.composes === true) return composed(text, start, end);
    return { text, start, end, original: unchanged };
  }

  #encodeWord(text: string, start: number, end: number, out: IdBuffer): void {
    if (end - start > LONGEST_CACHED_WORD) {
      const length = this.#mergeWord(text, start, end);
      out.append(this.#symbols, 0, length);
      return;
    }
    const word = this.#cachedWord(text, start, end);
    out.append(this.#cachedIds, word === 0 ? 0 : this.#cachedEnds.at(word - 1), this.#cachedEnds.at(word));
  }

  /** Index of a word's ids in the cache, made if it is not there. */
  #cachedWord(text: string, start: number, end: number): number {
    const known = this.#cache.size;
    const word = this.#cache.intern(text, start, end);
    if (word < known) return word;
    if (known === MOST_CACHED_WORDS) {
      this.#clearCache();
      return this.#cachedWord(text, start, end);
    }
    try {
      const length = this.#mergeWord(text, start, end);
      this.#cachedIds.append(this.#symbols, 0, length);
    } catch (error) {
      this.#clearCache(); // it now knows a word without ids
      throw error;
    }
    this.#cachedEnds.push(this.#cachedIds.length);
    return word;
  }

  #clearCache(): void {
    this.#cache.clear();
    this.#cachedIds.clear();
    this.#cachedEnds.clear();
  }

  /** Leaves the ids of text[start..end) in #symbols and returns how many they are. */
  #mergeWord(text: string, start: number, end: number): number {
    const length = this.#spell(text, start, end); // may replace #symbols
    return this.#takeWhole(length) ? 1 : this.#merger.merge(this.#symbols, length);
  }

  /** Puts the token of the whole word, if it counts and there is one, in the place of its `length` byte symbols. */
  #takeWhole(length: number): boolean {
    if (this.model.wholeWords !== true) return false;
    let word = '';
    for (let i = 0; i < length; i++) word += this.#store.name(this.#symbols[i]!)!;
    const id = this.model.vocab.get(word);
    if (id !== undefined) this.#symbols[0] = id;
    return id !== undefined;
  }

  /** Leaves the byte symbols of text[start..end) in #symbols and returns how many they are. */
  #spell(text: string, start: number, end: number): number {
    const room = (end - start) * 3; // no UTF-16 unit takes more UTF-8 bytes
    if (room > this.#symbols.length) this.#symbols = new Int32Array(room);
    const length = encodeUtf8(text, start, end, this.#symbols);
    for (let i = 0; i < length; i++) {
      const byte = this.#symbols[i]!;
      const id = this.#byteIds[byte]!;
      if (id < 0) {
        throw new ClozeError(
          'tokenizer',
          `the vocabulary has no token for byte ${byte} ("${BYTE_SYMBOLS[byte]!}"), which the text needs`,
          { hint: 'use a tokenizer whose vocabulary holds all 256 byte symbols', details: { byte } },
        );
      }
      this.#symbols[i] = id;
    }
    return length;
  }

  #explainWord(text: string, start: number, end: number): WordExplanation {
    const length = this.#spell(text, start, end);
    const name = (id: number): string => this.#store.name(id)!;
    const symbols = Array.from(this.#symbols.subarray(0, length), name);
    const pieces = symbols.map((piece, position) => ({ piece, position }));
    const steps: MergeStep[] = [];
    if (this.#takeWhole(length)) return { start, end, symbols, steps, ids: [this.#symbols[0]!] };
    const left = this.#merger.merge(this.#symbols, length, (rank, position) => {
      const at = pieces.findIndex((piece) => piece.position === position);
      const [before, after] = this.model.merges[rank]!;
      pieces.splice(at, 2, { piece: before + after, position });
      steps.push({ rank, left: before, right: after, pieces: pieces.map(({ piece }) => piece) });
    });
    return { start, end, symbols, steps, ids: Array.from(this.#symbols.subarray(0, left)) };
  }
}

function unchanged(offset: number): number {
  return offset;
}
