/** Texts as tokens: what the tokenizer page and `cloze tokenize` ask for. */
import * as z from 'zod';
import type { Methods } from './rpc.ts';

export { bytesOfToken } from '../tokenizers/byte-symbols.ts';
export { MARK, type PlacedTokens, startOf } from '../tokenizers/placed-tokens.ts';

/** The kinds of tokenizer that can be trained. */
export const TOKENIZER_KINDS = ['bpe', 'wordpiece', 'char'] as const;

export type TokenizerKind = (typeof TOKENIZER_KINDS)[number];

/** What training a tokenizer is asked for. */
export interface TokenizerTrainRequest {
  /** Files, folders and globs. */
  readonly paths: readonly string[];
  readonly kind: TokenizerKind;
  /** V, for bpe and wordpiece: bytes or characters, merges and special tokens together. */
  readonly vocabSize: number;
  /** The folder to write; made if missing. */
  readonly out: string;
}

export interface TokenizerTrainResult {
  readonly folder: string;
  readonly kind: TokenizerKind;
  readonly vocabSize: number;
  readonly files: number;
  readonly bytes: number;
  /** Files that were left out, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly warning?: string | undefined;
}

/** The longest text that is tokenized at once, in UTF-16 units. */
export const LONGEST_TEXT = 1 << 24;

/** The longest text whose merges are told, in UTF-16 units: the steps grow with its square. */
export const LONGEST_EXPLAINED_TEXT = 1 << 12;

const count = z.int().nonnegative();

export const TextRequestSchema = z.object({
  /** A tokenizer's, model's or run's folder. */
  tokenizer: z.string(),
  text: z.string(),
});
export type TextRequest = z.output<typeof TextRequestSchema>;

/** The tokens that occur in a text, each once, by ascending id. */
export const UsedTokensSchema = z.object({
  ids: z.instanceof(Int32Array),
  /** The entries in the vocabulary; for byte-level BPE in the 256-symbol alphabet. */
  entries: z.array(z.string()).readonly(),
  /** The UTF-8 bytes that they stand for, one token after another, and where each token's end. */
  bytes: z.instanceof(Uint8Array),
  ends: z.instanceof(Uint32Array),
});
export type UsedTokens = z.output<typeof UsedTokensSchema>;

/** Special tokens written in the text are recognised. */
export const TokenizedTextSchema = z.object({
  kind: z.enum([...TOKENIZER_KINDS, 'other']),
  /** Changes when the tokenizer's files do; no two tokenizers share one. */
  version: z.string(),
  vocabSize: count,
  /** As in PlacedTokens. */
  ids: z.instanceof(Int32Array),
  ends: z.instanceof(Uint32Array),
  marks: z.instanceof(Uint8Array),
  used: UsedTokensSchema,
  /** Different tokens. */
  distinct: count,
  /** Unicode code points. */
  characters: count,
  /** UTF-8 bytes. */
  bytes: count,
});
export type TokenizedText = z.output<typeof TokenizedTextSchema>;

/** One application of a merge, and the word after it. */
const MergeStepSchema = z.object({
  rank: count,
  left: z.string(),
  right: z.string(),
  pieces: z.array(z.string()).readonly(),
});

/** How one word of a text became tokens: its byte symbols, then each merge in order. */
export const WordExplanationSchema = z.object({
  /** UTF-16 offsets into the text. */
  start: count,
  end: count,
  symbols: z.array(z.string()).readonly(),
  steps: z.array(MergeStepSchema).readonly(),
  ids: z.array(count).readonly(),
});
export type WordExplanation = z.output<typeof WordExplanationSchema>;

/** One piece of a word: the longer candidates that the vocabulary lacks, longest first, and what it has, if anything. */
const MatchStepSchema = z.object({
  tried: z.array(z.string()).readonly(),
  match: z.string().optional(),
});

/** A merge that training applied to a word, when it was learned, its counts and score, and the word after it. */
const AppliedMergeSchema = z.object({
  rank: count,
  left: z.string(),
  right: z.string(),
  piece: z.string(),
  count: z.number(),
  leftCount: z.number(),
  rightCount: z.number(),
  /** count / (leftCount rightCount). */
  score: z.number(),
  pieces: z.array(z.string()).readonly(),
});

/** How one word of a text became WordPieces. */
export const WordPiecesSchema = z.object({
  /** UTF-16 offsets into the text. */
  start: count,
  end: count,
  /** As the normalizer leaves it. */
  word: z.string(),
  /** None if the word is longer than the tokenizer takes. */
  steps: z.array(MatchStepSchema).readonly(),
  ids: z.array(count).readonly(),
  /** What training did to the word, where the tokenizer's folder keeps its merges. */
  merges: z.array(AppliedMergeSchema).readonly().optional(),
});
export type WordPieces = z.output<typeof WordPiecesSchema>;

export const TOKENIZER_METHODS = {
  tokenize: { params: TextRequestSchema, result: TokenizedTextSchema },
  explainMerges: { params: TextRequestSchema, result: z.array(WordExplanationSchema) },
  explainPieces: { params: TextRequestSchema, result: z.array(WordPiecesSchema) },
} satisfies Methods;
