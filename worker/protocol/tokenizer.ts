import type { WordExplanation } from '../tokenizers/bpe.ts';
import type { TokenSpan } from '../tokenizers/tokenizer.ts';

export type { TokenSpan, WordExplanation };

/** What training a tokenizer is asked for. */
export interface TokenizerTrainRequest {
  /** Files, folders and globs. */
  readonly paths: readonly string[];
  readonly kind: 'bpe' | 'char';
  /** V, for bpe: bytes, merges and special tokens together. */
  readonly vocabSize: number;
  /** The folder to write; made if missing. */
  readonly out: string;
}

export interface TokenizerTrainResult {
  readonly folder: string;
  readonly kind: 'bpe' | 'char';
  readonly vocabSize: number;
  readonly files: number;
  readonly bytes: number;
  /** Files that were left out, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly warning?: string | undefined;
}

export interface TokenizeRequest {
  /** The tokenizer's folder, or a model folder that holds one. */
  readonly tokenizer: string;
  readonly text: string;
  /** Whether to say how merges made the tokens. */
  readonly explain: boolean;
}

export interface TokenizeResult {
  readonly count: number;
  readonly tokens: readonly TokenSpan[];
  readonly words?: readonly WordExplanation[];
}
