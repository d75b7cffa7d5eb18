import type { AddedToken } from './added-tokens.ts';
import type { BertNormalizerOptions } from './bert-normalizer.ts';

/** What a WordPiece tokenizer is made of. */
export interface WordPieceModel {
  /** Pieces that begin a word as they are written, those that continue one after `continuingPrefix`. */
  readonly vocab: ReadonlyMap<string, number>;
  readonly addedTokens: readonly AddedToken[];
  readonly normalizer: BertNormalizerOptions;
  /** Stands for every word that pieces do not spell. In the vocabulary. */
  readonly unknownToken: string;
  readonly continuingPrefix: string;
  /** Longer words, in characters, are unknown. */
  readonly longestWord: number;
  /** Whether decoding takes out the spaces that English does not set, as before a full stop. */
  readonly cleanup: boolean;
}

/** As BERT has them. */
export const BERT_MODEL = {
  unknownToken: '[UNK]',
  continuingPrefix: '##',
  longestWord: 100,
  cleanup: true,
} as const;

/** One learned merge: the piece that it makes, and the counts, before it, that its score comes from. */
export interface WordPieceMerge {
  readonly left: string;
  readonly right: string;
  readonly piece: string;
  readonly count: number;
  readonly leftCount: number;
  readonly rightCount: number;
  /** count / (leftCount rightCount). */
  readonly score: number;
}
