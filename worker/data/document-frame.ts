import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { Part } from './split.ts';

/** The tokens that stand around a part of a document in training data. */
export interface DocumentFrame {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/**
 * The frames of parts that follow one another: a document's beginning has the token that the tokenizer puts before every text,
 * its end the one that ends documents. Where both are the same token, it is written once between two documents, as GPT-2's
 * `<|endoftext|>` separates them.
 */
export function documentFrames(
  parts: readonly Part[],
  { bosId, eosId }: Pick<Tokenizer, 'bosId' | 'eosId'>,
): DocumentFrame[] {
  let last: number | undefined;
  return parts.map(({ document, start, end }) => {
    const before = start === 0 && bosId !== undefined && bosId !== last ? [bosId] : [];
    last = end === document.characters ? eosId : undefined;
    return { before, after: last === undefined ? [] : [last] };
  });
}
