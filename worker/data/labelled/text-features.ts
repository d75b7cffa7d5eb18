import type { EncoderSpecials } from '../../tokenizers/pairs.ts';
import { framePair } from '../../tokenizers/pairs.ts';
import type { Tokenizer } from '../../tokenizers/tokenizer.ts';
import type { BatchShape, EncoderFeeds, FramedSequence } from '../objectives/encoder-batch.ts';
import { encoderFeeds } from '../objectives/encoder-batch.ts';

/** A text or pair as a model reads it. */
export interface TextFeatures extends FramedSequence {
  /** Tokens that did not fit. */
  readonly cut: number;
}

/** What turns texts into sequences of at most `maxLength` tokens. */
export interface Encoding {
  readonly tokenizer: Pick<Tokenizer, 'encode' | 'encodeWithPlaces'>;
  readonly special: EncoderSpecials;
  readonly maxLength: number;
}

/** `[CLS] text [SEP]` or `[CLS] text [SEP] pair [SEP]`, the longer of the two cut until they fit. */
export function textFeatures(
  { text, pair }: { readonly text: string; readonly pair?: string | undefined },
  { tokenizer, special, maxLength }: Encoding,
): TextFeatures {
  const second = pair === undefined ? undefined : tokenizer.encode(pair);
  return framePair(special, tokenizer.encode(text), second, maxLength);
}

/** Feeds of sequence classification. */
export type ClassifyFeeds = EncoderFeeds & {
  /** [B] class numbers; -1 for a row without an example. */
  readonly labels: Int32Array;
};

/** At most B sequences and their class numbers as one batch. */
export function classifyFeeds(
  sequences: readonly FramedSequence[],
  labels: ArrayLike<number>,
  shape: BatchShape,
  pad: number,
): ClassifyFeeds {
  const rows = new Int32Array(shape.batch).fill(-1);
  rows.set(labels);
  return { ...encoderFeeds(sequences, shape, pad), labels: rows };
}
