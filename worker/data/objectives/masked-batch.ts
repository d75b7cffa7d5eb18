import type { BatchShape, EncoderFeeds, FramedSequence } from './encoder-batch.ts';
import { encoderFeeds } from './encoder-batch.ts';
import type { MaskedSequence, MaskingOptions } from './masking.ts';
import { mostChosen } from './masking.ts';
import type { MaskVocabulary } from './mask-vocabulary.ts';

/** Feeds of masked language modelling. */
export type MaskedFeeds = EncoderFeeds & {
  /** [P] places b * T + t of the chosen positions, row by row; 0 where unused. */
  readonly positions: Int32Array;
  /** [P] the ids that stood there; -1 where unused. */
  readonly targets: Int32Array;
};

export interface MaskedBatch<Feeds extends MaskedFeeds = MaskedFeeds> {
  readonly feeds: Feeds;
  /** [B T] what was done to each position, one of MASKING each: for a page, not for the model. */
  readonly marks: Uint8Array;
}

export interface ObjectiveOptions extends BatchShape {
  readonly seed: number;
  readonly vocabulary: MaskVocabulary;
  readonly masking: MaskingOptions;
}

/** P, the rows of `positions` and `targets`: no batch of B sequences of T tokens has more. */
export function targetRows({ batch, context, masking }: BatchShape & { masking: MaskingOptions }): number {
  return batch * mostChosen(context - 2, masking.rate);
}

/** A framed sequence after masking. */
export interface MaskedRow extends Pick<FramedSequence, 'segments'> {
  readonly masked: MaskedSequence;
}

/** The rows of one batch; there may be fewer than B. */
export function maskedBatch(rows: readonly MaskedRow[], options: ObjectiveOptions): MaskedBatch {
  const { context, batch, vocabulary } = options;
  const sequences = rows.map(({ masked, segments }) => ({ ids: masked.ids, segments }));
  const positions = new Int32Array(targetRows(options));
  const targets = new Int32Array(positions.length).fill(-1);
  const marks = new Uint8Array(batch * context);
  let used = 0;
  for (const [row, { masked }] of rows.entries()) {
    marks.set(masked.marks, row * context);
    positions.set(
      masked.positions.map((position) => row * context + position),
      used,
    );
    targets.set(masked.targets, used);
    used += masked.targets.length;
  }
  return { feeds: { ...encoderFeeds(sequences, options, vocabulary.pad), positions, targets }, marks };
}
