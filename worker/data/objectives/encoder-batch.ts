/**
 * What every batch of an encoder feeds, int32 [B T] each, row by row: token ids; segments, 0 for the first text of a
 * pair and 1 for the second; and the mask, 1 for a token and 0 for padding.
 */
export type EncoderFeeds = Readonly<Record<'ids' | 'segments' | 'mask', Int32Array>>;

/** One framed sequence of at most T tokens. */
export interface FramedSequence {
  readonly ids: Int32Array;
  readonly segments: Int32Array;
}

/** B, sequences in a batch, and T, tokens in each with its padding. */
export interface BatchShape {
  readonly batch: number;
  readonly context: number;
}

/**
 * Sequences as the rows of one batch, padded to T. A row without a sequence keeps one token in the mask, so that its
 * attention has something to look at; its result counts nowhere.
 */
export function encoderFeeds(
  sequences: readonly FramedSequence[],
  { batch, context }: BatchShape,
  pad: number,
): EncoderFeeds {
  const ids = new Int32Array(batch * context).fill(pad);
  const segments = new Int32Array(batch * context);
  const mask = new Int32Array(batch * context);
  for (let row = 0; row < batch; row++) mask[row * context] = 1;
  for (const [row, sequence] of sequences.entries()) {
    ids.set(sequence.ids, row * context);
    segments.set(sequence.segments, row * context);
    mask.fill(1, row * context, row * context + sequence.ids.length);
  }
  return { ids, segments, mask };
}
