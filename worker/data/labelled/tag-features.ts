import { type EncoderSpecials, framePair } from '../../tokenizers/pairs.ts';
import type { BatchShape, EncoderFeeds, FramedSequence } from '../objectives/encoder-batch.ts';
import { encoderFeeds } from '../objectives/encoder-batch.ts';
import type { Encoding } from './text-features.ts';

/** What stands before each word: byte-level vocabularies, RoBERTa's, begin words with a blank. */
export const BEFORE_WORD = { bert: '', roberta: ' ' } as const satisfies Record<
  EncoderSpecials['frame'],
  string
>;

/** The words of a sentence as a model reads them. */
export interface TagFeatures extends FramedSequence {
  /**
   * Where the first piece of each word is among the ids: its tag is learnt and read there (Devlin et al. 2018, section
   * 5.3). -1 for a word that does not fit, or of which the tokenizer leaves nothing.
   */
  readonly firstPieces: Int32Array;
  /** Words that do not fit. */
  readonly cutWords: number;
}

/** `[CLS] pieces [SEP]`; `before` is put before each word, such as the blank that byte-level vocabularies begin words with. */
export function tagFeatures(
  words: readonly string[],
  { tokenizer, special, maxLength }: Encoding,
  before = '',
): TagFeatures {
  const room = maxLength - 2;
  const pieces: number[] = [];
  const firstPieces = new Int32Array(words.length).fill(-1);
  let cutWords = 0;
  for (const [word, text] of words.entries()) {
    const ids = tokenizer.encode(before + text);
    if (pieces.length >= room) cutWords++;
    else if (ids.length > 0) firstPieces[word] = 1 + pieces.length;
    for (const id of ids) pieces.push(id);
  }
  const { ids, segments } = framePair(special, Int32Array.from(pieces), undefined, maxLength);
  return { ids, segments, firstPieces, cutWords };
}

/** Feeds of token classification. */
export type TagFeeds = EncoderFeeds & {
  /** [B T] class numbers at the first piece of each word, -1 elsewhere. */
  readonly labels: Int32Array;
};

/** At most B sentences and the class numbers of their words as one batch. */
export function tagFeeds(
  sentences: readonly TagFeatures[],
  tags: readonly ArrayLike<number>[],
  shape: BatchShape,
  pad: number,
): TagFeeds {
  const labels = new Int32Array(shape.batch * shape.context).fill(-1);
  for (const [row, { firstPieces }] of sentences.entries()) {
    for (const [word, place] of firstPieces.entries()) {
      if (place >= 0) labels[row * shape.context + place] = tags[row]![word]!;
    }
  }
  return { ...encoderFeeds(sentences, shape, pad), labels };
}
