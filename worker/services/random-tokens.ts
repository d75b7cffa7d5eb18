import { mix32 } from '../base/random.ts';
import type { TokenSequence } from '../data/token-file.ts';

/** Tokens of a document: short enough for more than one where there is anything to measure. */
const DOCUMENT = 256;

/** As many tokens as a corpus has, that are made when they are read. */
export function randomTokens(length: number, vocab: number): TokenSequence {
  const documents = Math.max(1, Math.floor(length / DOCUMENT));
  return {
    length,
    documentStarts: Float64Array.from({ length: documents + 1 }, (_, i) =>
      i === documents ? length : i * DOCUMENT,
    ),
    separator: undefined,
    read(start, count, target, at = 0) {
      for (let i = 0; i < count; i++) target[at + i] = mix32(start + i) % vocab;
    },
  };
}
