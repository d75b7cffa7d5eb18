import type { TokenSequence } from '../token-file.ts';

/** Tokens of one document, and where its sentences end. */
export interface SentenceReader {
  /** Where the sentence that holds token `place` of the document begins: at most `reach` tokens before it. */
  start(document: number, place: number, reach: number): number;
  /**
   * Whole sentences from token `start` of the document on, until there are `target` tokens or the document ends. A
   * longer one counts as ended after `target` tokens.
   */
  read(document: number, start: number, target: number): Sentences;
}

export interface Sentences {
  readonly ids: Int32Array;
  /** Offset after each sentence, rising; the last is the number of tokens. */
  readonly ends: readonly number[];
}

/** Sentences end after the ids of `sentenceEnds`, such as those of `.`, `!` and `?`. */
export function sentenceReader(
  tokens: TokenSequence,
  bounds: Float64Array,
  sentenceEnds: ReadonlySet<number>,
): SentenceReader {
  const slice = (document: number, start: number, count: number): Int32Array => {
    const from = bounds[document]! + start;
    const ids = new Int32Array(Math.min(count, bounds[document + 1]! - from));
    tokens.read(from, ids.length, ids);
    return ids;
  };
  return {
    start(document, place, reach) {
      const back = Math.min(place, reach);
      const before = slice(document, place - back, back);
      for (let i = before.length - 1; i >= 0; i--) {
        if (sentenceEnds.has(before[i]!)) return place - back + i + 1;
      }
      return back === place ? 0 : place;
    },
    read(document, start, target) {
      const ids = slice(document, start, 2 * target);
      const ends: number[] = [];
      for (let i = 0, begun = 0; i < ids.length && begun < target; i++) {
        const length = i + 1 - begun;
        if (!sentenceEnds.has(ids[i]!) && length < target && i + 1 < ids.length) continue;
        begun = i + 1;
        ends.push(begun);
      }
      return { ids: ids.subarray(0, ends.at(-1) ?? 0), ends };
    },
  };
}
