import { ClozeError } from '../../base/errors.ts';
import { framePair, specialCount } from '../../tokenizers/pairs.ts';
import type { PlacedTokens } from '../../tokenizers/placed-tokens.ts';
import { startOf } from '../../tokenizers/placed-tokens.ts';
import type { BatchShape, EncoderFeeds, FramedSequence } from '../objectives/encoder-batch.ts';
import { encoderFeeds } from '../objectives/encoder-batch.ts';
import type { Answer } from './examples.ts';
import type { Encoding } from './text-features.ts';

/** A question with a window of its context: `[CLS] question [SEP] window [SEP]`. */
export interface QuestionWindow extends FramedSequence {
  /** Where the window's first token is among the ids. */
  readonly first: number;
  /** [window] offsets into the context, in UTF-16 units, where each token begins and ends. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

export interface QuestionOptions extends Encoding {
  /** Tokens from the start of one window to that of the next; 128 in BERT. */
  readonly stride: number;
  /** Tokens of a question that are read; 64 in BERT. */
  readonly maxQuestion: number;
}

/**
 * A question with its context in windows that overlap, so that a context of any length is read and an answer that is
 * cut by one window is whole in another (Devlin et al. 2018, the published `run_squad.py`). Throws `data` if the
 * question leaves no room.
 */
export function questionWindows(
  { question, context }: { readonly question: string; readonly context: string },
  options: QuestionOptions,
): QuestionWindow[] {
  const { tokenizer, special, maxLength, stride, maxQuestion } = options;
  const asked = tokenizer.encode(question).subarray(0, maxQuestion);
  const room = maxLength - asked.length - specialCount(special, true);
  if (room < 1 || stride < 1) {
    throw new ClozeError(
      'data',
      `a question of ${asked.length} tokens leaves no room for text in ${maxLength}`,
      {
        hint: 'take a longer context, or fewer tokens of the question',
        details: { question, maxLength, stride },
      },
    );
  }
  const placed = tokenizer.encodeWithPlaces(context);
  const { starts, ends } = offsetsOf(context, placed);
  const windows: QuestionWindow[] = [];
  for (let from = 0; ; from += Math.min(stride, room)) {
    const to = Math.min(placed.ids.length, from + room);
    const { ids, segments, b } = framePair(special, asked, placed.ids.subarray(from, to), maxLength);
    const offsets = { starts: starts.subarray(from, to), ends: ends.subarray(from, to) };
    windows.push({ ids, segments, first: b!.start, ...offsets });
    if (to === placed.ids.length) return windows;
  }
}

/** The first and last token of an answer among a window's ids; both 0, the [CLS], where the window does not hold all of it. */
export function answerPlace(
  { first, starts, ends }: QuestionWindow,
  answer: Answer | undefined,
): { readonly start: number; readonly end: number } {
  if (answer === undefined) return { start: 0, end: 0 };
  const end = answer.start + answer.text.length;
  const from = ends.findIndex((tokenEnd) => tokenEnd > answer.start);
  const to = starts.findLastIndex((tokenStart) => tokenStart < end);
  const inside = from >= 0 && to >= from && starts[0]! <= answer.start && ends.at(-1)! >= end;
  return inside ? { start: first + from, end: first + to } : { start: 0, end: 0 };
}

/** Feeds of extractive question answering. */
export type AnswerFeeds = EncoderFeeds & {
  /** [B] places of the answer's first and last token; -1 for a row without an example. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
};

/** At most B windows and the places of their answers as one batch. */
export function answerFeeds(
  windows: readonly QuestionWindow[],
  places: readonly { readonly start: number; readonly end: number }[],
  shape: BatchShape,
  pad: number,
): AnswerFeeds {
  const starts = new Int32Array(shape.batch).fill(-1);
  const ends = new Int32Array(shape.batch).fill(-1);
  starts.set(places.map(({ start }) => start));
  ends.set(places.map(({ end }) => end));
  return { ...encoderFeeds(windows, shape, pad), starts, ends };
}

/** Where each token begins, without the white space before it, and ends. */
function offsetsOf(text: string, placed: PlacedTokens): { starts: Uint32Array; ends: Uint32Array } {
  const starts = Uint32Array.from(placed.ends, (end, i) => {
    let at = startOf(text, placed, i);
    while (at < end - 1 && /\s/.test(text[at]!)) at++;
    return at;
  });
  return { starts, ends: placed.ends };
}
