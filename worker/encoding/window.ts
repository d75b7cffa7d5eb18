/** Part of a text that is longer than the model. */
import type { FramedSequence } from '../data/objectives/encoder-batch.ts';
import { framePair } from '../tokenizers/pairs.ts';
import { encodingOf, type ReadingModel } from './reading-model.ts';

export interface TextWindow extends FramedSequence {
  /** Add it to a token's index in the text to have its index in the window. */
  readonly shift: number;
}

/** A text's tokens, or as many as the model sees at once with those from `from` up to `to` in their middle. */
export function windowAround(model: ReadingModel, ids: Int32Array, from: number, to: number): TextWindow {
  const { special, maxLength } = encodingOf(model);
  const room = maxLength - 2;
  const before = Math.floor((room - (to - from)) / 2);
  const start = Math.max(0, Math.min(from - Math.max(0, before), ids.length - room));
  return { ...framePair(special, ids.subarray(start, start + room), undefined, maxLength), shift: 1 - start };
}
