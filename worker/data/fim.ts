import { ClozeError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { SPECIAL } from '../tokenizers/tokenizer.ts';
import type { TokenSequence } from './token-file.ts';

/**
 * Fill-in-the-middle (Bavarian et al. 2022, "Efficient Training of Language Models to Fill in the Middle"), at the
 * level of the context and on tokens. A document's piece in a window becomes, with probability `rate`,
 *   PSM  <prefix> prefix <suffix> suffix <middle> middle
 *   SPM  <prefix> <suffix> suffix <middle> prefix middle    (the paper's variant for joint training)
 * the latter with probability `spmRate`. The token that goes before every text stays in front.
 */
export interface FimOptions {
  readonly rate: number;
  readonly spmRate: number;
  /** Ids of the three sentinel tokens. */
  readonly prefix: number;
  readonly middle: number;
  readonly suffix: number;
  /** The token that goes before every text. */
  readonly bos?: number | undefined;
}

/** Options with the ids of a tokenizer's sentinels. Throws `tokenizer` if it has none. */
export function fimOptions(tokenizer: Tokenizer, rate: number, spmRate: number): FimOptions {
  const id = (token: string): number => {
    const found = tokenizer.specialTokens.get(token);
    if (found !== undefined) return found;
    throw new ClozeError(
      'tokenizer',
      `fill-in-the-middle needs the token ${token}, which the tokenizer lacks`,
      {
        hint: 'train a tokenizer with the fill-in-the-middle tokens, or set the rate to 0',
      },
    );
  };
  const [prefix, middle, suffix] = [id(SPECIAL.fimPrefix), id(SPECIAL.fimMiddle), id(SPECIAL.fimSuffix)];
  return { rate, spmRate, prefix, middle, suffix, bos: tokenizer.bosId };
}

/** Tokens that a piece must have to be worth splitting in three. */
const SMALLEST_PIECE = 3;

/**
 * Rewrites a window that begins at token `start` of `tokens`, in place, at the same length: sentinels push tokens out
 * at its end. A piece that is rewritten always ends in the separator (where the tokenizer has one), so that the model
 * learns where a middle ends.
 */
export function applyFim(
  window: Int32Array,
  start: number,
  tokens: Pick<TokenSequence, 'documentStarts' | 'separator'>,
  options: FimOptions,
  random: Random,
): void {
  const { documentStarts, separator } = tokens;
  const source = window.slice();
  let filled = 0;
  let document = documentAt(documentStarts, start);
  for (let from = 0; from < source.length && filled < window.length; document++) {
    const to = Math.min(source.length, documentStarts[document + 1]! - start);
    const ended = separator !== undefined && to > from && source[to - 1] === separator;
    const begun = to > from && source[from] === options.bos ? 1 : 0;
    const content = source.subarray(from + begun, ended ? to - 1 : to);
    const room = window.length - filled - begun - 3 - (separator === undefined ? 0 : 1);
    const fits = Math.min(content.length, room);
    const chosen = fits >= SMALLEST_PIECE && random.uniform() < options.rate;
    const piece = chosen
      ? [
          ...source.subarray(from, from + begun),
          ...rearranged(content.subarray(0, fits), options, random),
          ...(separator === undefined ? [] : [separator]),
        ]
      : source.subarray(from, to);
    const kept = Math.min(piece.length, window.length - filled);
    window.set(piece.slice(0, kept), filled);
    filled += kept;
    from = to;
  }
}

function rearranged(content: Int32Array, options: FimOptions, random: Random): number[] {
  const { prefix: pre, middle: mid, suffix: suf } = options;
  const cuts = [random.integer(content.length + 1), random.integer(content.length + 1)].sort((a, b) => a - b);
  const prefix = content.subarray(0, cuts[0]);
  const middle = content.subarray(cuts[0], cuts[1]);
  const suffix = content.subarray(cuts[1]);
  return random.uniform() < options.spmRate
    ? [pre, suf, ...suffix, mid, ...prefix, ...middle]
    : [pre, ...prefix, suf, ...suffix, mid, ...middle];
}

/** The last document that begins at or before a token. */
function documentAt(starts: Float64Array, token: number): number {
  let low = 0;
  for (let high = starts.length - 2; low < high;) {
    const middle = Math.ceil((low + high) / 2);
    if (starts[middle]! <= token) low = middle;
    else high = middle - 1;
  }
  return low;
}
