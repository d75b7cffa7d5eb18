import type { TokenSequence } from '../token-file.ts';

/** Tokens of many documents as one stream. */
export interface Stream {
  readonly length: number;
  /** Tokens from `start` on, `count` of them. */
  read(start: number, count: number): Int32Array;
}

/** Where each document that holds something begins, and where the last one ends. */
export function documentBounds({ documentStarts }: Pick<TokenSequence, 'documentStarts'>): Float64Array {
  return documentStarts.filter((start, i) => i === 0 || start > documentStarts[i - 1]!);
}

/**
 * The documents with `sep` between each two, as RoBERTa packs its full sentences (Liu et al. 2019, section 4.2). A
 * sequence that has separators of its own stays as it is.
 */
export function separated(tokens: TokenSequence, sep: number): Stream {
  const bounds = tokens.separator === undefined ? documentBounds(tokens) : Float64Array.of(0, tokens.length);
  const separators = Math.max(0, bounds.length - 2);
  return {
    length: tokens.length + separators,
    read(start, count) {
      const ids = new Int32Array(count).fill(sep);
      let document = documentAt(bounds, start);
      for (let done = 0; done < count; document++) {
        const from = start + done - document; // document d begins after d separators
        const taken = Math.min(count - done, bounds[document + 1]! - from);
        tokens.read(from, taken, ids, done);
        done += taken + 1;
      }
      return ids;
    },
  };
}

/** The document that holds a place of the stream; the separator after a document belongs to it. */
function documentAt(bounds: Float64Array, place: number): number {
  let low = 0;
  for (let high = bounds.length - 2; low < high;) {
    const middle = Math.ceil((low + high) / 2);
    if (bounds[middle]! + middle <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}
