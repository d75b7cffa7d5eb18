import { ClozeError } from '../base/errors.ts';
import { AddedTokens } from './added-tokens.ts';
import { BertNormalizer, type NormalizedText } from './bert-normalizer.ts';
import { normalizedWordEnd, plainWordEnd, StretchWalk } from './bert-words.ts';
import { eosIdOf } from './frame.ts';
import { IdBuffer } from './id-buffer.ts';
import { MARK, PlacedTokenBuffer, type PlacedTokens } from './placed-tokens.ts';
import { TokenStore } from './token-store.ts';
import type { Tokenizer } from './tokenizer.ts';
import { unitLength } from './utf8.ts';
import { IdCache } from './wordpiece-cache.ts';
import { decodePieces } from './wordpiece-decode.ts';
import { explainWord, type WordMatches } from './wordpiece-explain.ts';
import type { WordPieceModel } from './wordpiece-model.ts';
import { PieceTrie } from './wordpiece-trie.ts';

/**
 * BERT's tokenizer (Devlin et al. 2018; tokenization.py): the text is normalized and cut at white space and punctuation,
 * and each word spelled by the longest pieces of the vocabulary, from its start. What the normalizer takes away does not
 * come back by decoding. `[CLS]` and `[SEP]` are not set by `encode`: pairs.ts frames texts.
 */
export class WordPieceTokenizer implements Tokenizer {
  readonly kind = 'wordpiece';
  readonly vocabSize: number;
  readonly specialTokens: ReadonlyMap<string, number>;
  readonly bosId = undefined;
  readonly eosId: number | undefined;
  readonly model: WordPieceModel;
  readonly normalizer: BertNormalizer;
  readonly #store: TokenStore;
  readonly #added: AddedTokens;
  readonly #trie: PieceTrie;
  readonly #unknown: number;
  readonly #walk: StretchWalk;
  /** Of words of printable ASCII, whatever their case, and of stretches of other text. */
  readonly #words = new IdCache((text, start, end, out) => this.#makeWord(text, start, end, out));
  readonly #stretches = new IdCache((text, start, end, out) => this.#makeStretch(text, start, end, out));

  /** Throws `tokenizer` if the vocabulary lacks the unknown token, or gives an id to two tokens. */
  constructor(model: WordPieceModel) {
    this.model = model;
    const added = new Set(model.addedTokens.map(({ content }) => content));
    const { continuingPrefix } = model;
    this.#store = new TokenStore(model.vocab, model.addedTokens, (token) =>
      new TextEncoder().encode(
        token.startsWith(continuingPrefix) && !added.has(token)
          ? token.slice(continuingPrefix.length)
          : token,
      ),
    );
    this.#added = new AddedTokens(model.addedTokens);
    this.#trie = new PieceTrie(model.vocab, continuingPrefix);
    this.vocabSize = this.#store.size;
    this.specialTokens = new Map(
      model.addedTokens.filter(({ special }) => special).map(({ content, id }) => [content, id]),
    );
    this.eosId = eosIdOf(undefined, this.specialTokens);
    const unknown = this.tokenToId(model.unknownToken);
    if (unknown === undefined) {
      throw new ClozeError('tokenizer', `a vocabulary without ${model.unknownToken}`, {
        hint: 'words that the pieces do not spell need an unknown token',
      });
    }
    this.#unknown = unknown;
    this.normalizer = new BertNormalizer(model.normalizer);
    this.#walk = new StretchWalk(this.normalizer);
  }

  encode(text: string, options: { allowSpecial?: boolean } = {}): Int32Array {
    const ids = new IdBuffer(Math.max(16, text.length >> 2));
    for (const { id, start, end } of this.#added.segments(text, options.allowSpecial ?? false)) {
      if (id >= 0) ids.push(id);
      else this.#encodeOrdinary(text, start, end, ids);
    }
    return ids.toArray();
  }

  /** As encode, with places. White space stands before the token that follows it, and after the last one in none. */
  encodeWithPlaces(text: string, options: { allowSpecial?: boolean } = {}): PlacedTokens {
    const placed = new PlacedTokenBuffer();
    for (const { id, start, end } of this.#added.segments(text, options.allowSpecial ?? false)) {
      if (id >= 0) placed.push(id, end, MARK.added | MARK.endsWord);
      else this.#placeOrdinary(text, start, end, placed);
    }
    return placed.placed();
  }

  /** How each word is spelled. Added tokens appear as words of one match. */
  explain(text: string, options: { allowSpecial?: boolean } = {}): WordMatches[] {
    const words: WordMatches[] = [];
    for (const { id, start, end } of this.#added.segments(text, options.allowSpecial ?? false)) {
      if (id >= 0) {
        const word = this.#store.name(id)!;
        words.push({ start, end, word, steps: [{ tried: [], match: word }], ids: [id] });
        continue;
      }
      this.#eachWord(text, start, end, (from, to, normalized, wordStart, wordEnd) => {
        const word = normalized.text.slice(wordStart, wordEnd);
        words.push({ start: from, end: to, word, ...explainWord(this, word) });
      });
    }
    return words;
  }

  /** Text of ids as a WordPiece decoder makes it: words apart by spaces. */
  decode(ids: ArrayLike<number>, options: { skipSpecial?: boolean } = {}): string {
    const special = new Set(options.skipSpecial ? this.specialTokens.values() : []);
    const tokens = Array.from(ids)
      .filter((id) => !special.has(id))
      .map((id) => {
        this.#store.bytes(id); // throws where there is no such token
        return this.#store.name(id)!;
      });
    return decodePieces(tokens, this.model);
  }

  /** Of a piece without its prefix: the text that it spells. */
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
    const walk = this.#walk;
    for (let from = start; walk.seek(text, from, end); from = walk.end) {
      if (!walk.isPlain) {
        this.#stretches.append(text, walk.start, walk.end, out);
        continue;
      }
      for (let at = walk.start; at < walk.end;) {
        const to = plainWordEnd(text, at, walk.end);
        this.#words.append(text, at, to, out);
        at = to;
      }
    }
  }

  /** Appends the ids of a word of printable ASCII. */
  #makeWord(text: string, start: number, end: number, out: IdBuffer): void {
    const word = text.slice(start, end);
    this.#match(this.model.normalizer.lowercase ? word.toLowerCase() : word, 0, word.length, out);
  }

  /** Appends the ids of a stretch of any text without white space. */
  #makeStretch(text: string, start: number, end: number, out: IdBuffer): void {
    const normalized = this.normalizer.normalize(text, start, end).text;
    for (let at = 0; at < normalized.length;) {
      const to = normalizedWordEnd(normalized, at, normalized.length);
      this.#match(normalized, at, to, out);
      at = to;
    }
  }

  /** Appends the pieces of a normalized word, or the unknown token. `onPiece` hears where each ends. */
  #match(text: string, start: number, end: number, out: IdBuffer, onPiece?: (end: number) => void): void {
    const pieces: number[] = [];
    const ends: number[] = [];
    const isShort =
      end - start <= this.model.longestWord || countCharacters(text, start, end) <= this.model.longestWord;
    let at = start;
    while (isShort && at < end) {
      const id = this.#trie.match(text, at, end, at > start);
      if (id < 0) break;
      at = this.#trie.matchEnd;
      pieces.push(id);
      ends.push(at);
    }
    if (at === end) {
      for (const id of pieces) out.push(id);
      if (onPiece !== undefined) ends.forEach(onPiece);
    } else {
      out.push(this.#unknown);
      onPiece?.(end);
    }
  }

  #placeOrdinary(text: string, start: number, end: number, placed: PlacedTokenBuffer): void {
    const ids = new IdBuffer();
    this.#eachWord(text, start, end, (_from, _to, { text: normalized, ends }, wordStart, wordEnd) => {
      const pieceEnds: number[] = [];
      ids.clear();
      this.#match(normalized, wordStart, wordEnd, ids, (pieceEnd) => pieceEnds.push(pieceEnd));
      pieceEnds.forEach((after, i) => {
        // A character may become several: the next piece then goes on inside it.
        const inside = after < normalized.length && ends[after] === ends[after - 1];
        placed.push(
          ids.at(i),
          ends[after - 1]!,
          (inside ? MARK.insideCharacter : 0) | (after === wordEnd ? MARK.endsWord : 0),
        );
      });
    });
  }

  /** Visits each word of text[start..end): its place there, the normalized stretch that holds it, and its place in that. */
  #eachWord(
    text: string,
    start: number,
    end: number,
    visit: (from: number, to: number, normalized: NormalizedText, wordStart: number, wordEnd: number) => void,
  ): void {
    const walk = new StretchWalk(this.normalizer);
    for (let from = start; walk.seek(text, from, end); from = walk.end) {
      const normalized = walk.isPlain
        ? this.#plain(text, walk.start, walk.end)
        : this.normalizer.normalize(text, walk.start, walk.end);
      let wordFrom = walk.start;
      for (let at = 0; at < normalized.text.length;) {
        const to = normalizedWordEnd(normalized.text, at, normalized.text.length);
        visit(wordFrom, normalized.ends[to - 1]!, normalized, at, to);
        wordFrom = normalized.ends[to - 1]!;
        at = to;
      }
    }
  }

  #plain(text: string, start: number, end: number): NormalizedText {
    const stretch = text.slice(start, end);
    return {
      text: this.model.normalizer.lowercase ? stretch.toLowerCase() : stretch,
      ends: Array.from({ length: end - start }, (_, i) => start + i + 1),
    };
  }
}

/** Code points. */
function countCharacters(text: string, start: number, end: number): number {
  let count = 0;
  for (let i = start; i < end; i += unitLength(text, i)) count++;
  return count;
}
