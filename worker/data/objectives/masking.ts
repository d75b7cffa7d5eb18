import { Random } from '../../base/random.ts';
import type { MaskVocabulary } from './mask-vocabulary.ts';

/** What masking did to a position. */
export const MASKING = {
  /** Not chosen: nothing is predicted here. */
  kept: 0,
  /** Chosen, and now the mask token. */
  masked: 1,
  /** Chosen, and now a random token (which may by chance be the same one). */
  replaced: 2,
  /** Chosen, and left as it was. */
  same: 3,
} as const;

export interface MaskingOptions {
  /** Share of the ordinary tokens that is chosen; 0.15 in BERT. */
  readonly rate: number;
  /** true: other masks each epoch, as RoBERTa; false: an epoch's masks are those of the first. */
  readonly dynamic: boolean;
  /** Whole-word masking: whether an id goes on the word before it. Without it each token is chosen by itself. */
  readonly continues?: ((id: number) => boolean) | undefined;
}

/** Names the draws of one sequence. */
export interface MaskingKey {
  readonly seed: number;
  /** The sequence's number in its epoch. */
  readonly sample: number;
  /** 'evaluation' has masks of its own, whatever the epoch. */
  readonly epoch: number | 'evaluation';
}

export interface MaskedSequence {
  /** [T] with the chosen tokens hidden. */
  readonly ids: Int32Array;
  /** [T], one of {@link MASKING} each. */
  readonly marks: Uint8Array;
  /** Chosen positions, rising, and the ids that stood there. */
  readonly positions: Int32Array;
  readonly targets: Int32Array;
}

const MASK_SHARE = 0.8;
const RANDOM_SHARE = 0.1;
/** Random numbers set aside for one sequence, whatever its length: 8 a token for up to 2^17 tokens. */
const DRAWS_PER_SEQUENCE = 2 ** 20;

/** The most tokens that are chosen of `count` ordinary ones. */
export function mostChosen(count: number, rate: number): number {
  return Math.ceil(count * rate);
}

/**
 * BERT's masking (Devlin et al. 2018, section 3.1): of the chosen tokens 80 % become the mask token, 10 % a random
 * ordinary token and 10 % stay. As in the published code the number that is chosen is fixed by the length, so that a
 * batch has a bound on its targets; a fraction of a token is settled by a draw, which keeps the mean at `rate`. At
 * least one token is chosen where there is one; a word that is longer than what is to be chosen never is, and special
 * tokens never are. A pure function of its arguments.
 */
export function maskSequence(
  ids: Int32Array,
  vocabulary: MaskVocabulary,
  options: MaskingOptions,
  key: MaskingKey,
): MaskedSequence {
  const random = keyedRandom(options, key);
  const words = wordsOf(ids, vocabulary.special, options.continues);
  const chosen = choose(words, options.rate, random);
  const hidden = ids.slice();
  const marks = new Uint8Array(ids.length);
  for (const position of chosen) {
    const fate = random.uniform();
    const other = vocabulary.ordinary[random.integer(vocabulary.ordinary.length)]!;
    if (fate < MASK_SHARE) hidden[position] = vocabulary.mask;
    else if (fate < MASK_SHARE + RANDOM_SHARE) hidden[position] = other;
    marks[position] =
      fate < MASK_SHARE ? MASKING.masked : fate < MASK_SHARE + RANDOM_SHARE ? MASKING.replaced : MASKING.same;
  }
  return { ids: hidden, marks, positions: chosen, targets: chosen.map((position) => ids[position]!) };
}

function keyedRandom({ dynamic }: MaskingOptions, { seed, sample, epoch }: MaskingKey): Random {
  const stream = epoch === 'evaluation' || dynamic ? epoch : 0;
  return new Random(seed, `masking/${stream}`, sample * DRAWS_PER_SEQUENCE);
}

/** The positions of ordinary tokens, those of a word together. */
function wordsOf(
  ids: Int32Array,
  special: ReadonlySet<number>,
  continues: ((id: number) => boolean) | undefined,
): number[][] {
  const words: number[][] = [];
  for (const [position, id] of ids.entries()) {
    if (special.has(id)) continue;
    const last = words.at(-1);
    if (last?.at(-1) === position - 1 && continues?.(id) === true) last.push(position);
    else words.push([position]);
  }
  return words;
}

/** Words in a random order, each taken if it does not exceed the number to choose. */
function choose(words: readonly (readonly number[])[], rate: number, random: Random): Int32Array {
  const count = words.reduce((sum, word) => sum + word.length, 0);
  const wanted = Math.min(mostChosen(count, rate), Math.max(1, Math.floor(count * rate + random.uniform())));
  const chosen: number[] = [];
  for (const index of random.permutation(words.length)) {
    if (chosen.length >= wanted) break;
    const word = words[index]!;
    if (chosen.length + word.length <= wanted) chosen.push(...word);
  }
  return Int32Array.from(chosen).sort();
}
