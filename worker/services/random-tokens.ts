import { mix32 } from '../base/random.ts';
import type { TokenSequence } from '../data/token-file.ts';

/** Tokens of a document, at most: there are always two, since next sentences come from different ones. */
const LONGEST_DOCUMENT = 256;

/** As many tokens as a corpus has, that are made when they are read. */
export function randomTokens(length: number, vocab: number): TokenSequence {
  const documents = Math.max(2, Math.floor(length / LONGEST_DOCUMENT));
  const size = Math.min(LONGEST_DOCUMENT, Math.ceil(length / documents));
  return {
    length,
    documentStarts: Float64Array.from({ length: documents + 1 }, (_, i) =>
      i === documents ? length : i * size,
    ),
    separator: undefined,
    read(start, count, target, at = 0) {
      for (let i = 0; i < count; i++) target[at + i] = mix32(start + i) % vocab;
    },
  };
}
