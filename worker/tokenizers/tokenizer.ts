import type { PlacedTokens } from './placed-tokens.ts';

/** Text to ids and back. Implementations are immutable once built. */
export interface Tokenizer {
  readonly kind: 'bpe' | 'char' | 'wordpiece' | 'other';
  /** V: one more than the largest id. */
  readonly vocabSize: number;
  /** Special tokens by content. */
  readonly specialTokens: ReadonlyMap<string, number>;
  /** The token that goes before every text that a model reads (frame.ts); undefined where there is none, as of those trained here. */
  readonly bosId: number | undefined;
  /** The token that ends a document in training data (frame.ts); undefined where none is known. */
  readonly eosId: number | undefined;
  /** Ids of a text. Special tokens written in the text are recognised only if `allowSpecial` says so (default false). */
  encode(text: string, options?: { allowSpecial?: boolean }): Int32Array;
  /** As encode, with each token's place in the text. */
  encodeWithPlaces(text: string, options?: { allowSpecial?: boolean }): PlacedTokens;
  /** Text of ids; bytes that are not UTF-8 become U+FFFD. Special tokens are kept unless `skipSpecial`. */
  decode(ids: ArrayLike<number>, options?: { skipSpecial?: boolean }): string;
  /** The UTF-8 bytes of one token: what streaming decoders and token healing need. */
  tokenBytes(id: number): Uint8Array;
  tokenToId(token: string): number | undefined;
  idToToken(id: number): string | undefined;
}

/** The token that a model learns to write after a document: the one that ends it, or else the one that begins the next. */
export function documentEnd({ eosId, bosId }: Pick<Tokenizer, 'eosId' | 'bosId'>): number | undefined {
  return eosId ?? bosId;
}

/** Ids are below this. A file with larger ones is damaged, not a vocabulary. */
export const MAX_VOCAB_SIZE = 2 ** 24;

/** Special tokens by role; names follow GPT-2 and StarCoder. */
export const SPECIAL = {
  endOfText: '<|endoftext|>',
  fimPrefix: '<|fim_prefix|>',
  fimMiddle: '<|fim_middle|>',
  fimSuffix: '<|fim_suffix|>',
  fimPad: '<|fim_pad|>',
} as const;

/** BERT's special tokens by role; a WordPiece that is trained here gives them ids 0 to 4 in this order. */
export const BERT_SPECIAL = {
  pad: '[PAD]',
  unk: '[UNK]',
  cls: '[CLS]',
  sep: '[SEP]',
  mask: '[MASK]',
} as const;

/** The same roles in RoBERTa's byte-level BPE. */
export const ROBERTA_SPECIAL = {
  pad: '<pad>',
  unk: '<unk>',
  cls: '<s>',
  sep: '</s>',
  mask: '<mask>',
} as const;
