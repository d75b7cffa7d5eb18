import { ClozeError } from '../../base/errors.ts';
import { Random } from '../../base/random.ts';
import { permute } from '../permutation.ts';
import { framePair, specialCount } from '../../tokenizers/pairs.ts';
import type { TokenSequence } from '../token-file.ts';
import type { MaskedBatch, MaskedFeeds, MaskedRow, ObjectiveOptions } from './masked-batch.ts';
import { maskedBatch } from './masked-batch.ts';
import { maskSequence } from './masking.ts';
import { SentencePairs } from './sentence-pair.ts';
import { spread } from './spread.ts';

/** Feeds of masked language modelling with next sentence prediction. */
export type NspFeeds = MaskedFeeds & {
  /** [B] 0: the second text follows the first; 1: it is from another document; -1: a row without a pair. */
  readonly nextSentence: Int32Array;
};

export interface NspOptions extends ObjectiveOptions {
  /** Ids that end a sentence, such as those of `.`, `!` and `?`. Text without them is parted anywhere. */
  readonly sentenceEnds: ReadonlySet<number>;
  /** Share of the pairs that are shorter than they could be; 0.1 in BERT. */
  readonly shortRate: number;
}

/** Random numbers set aside for making one pair. */
const DRAWS_PER_PAIR = 16;

/**
 * Training batches of BERT's two objectives (Devlin et al. 2018): masked language modelling on `[CLS] A [SEP] B [SEP]`,
 * where B follows A in half of the pairs and is from another document in the other half. An epoch begins a pair in
 * each T - 3 tokens of each document, in an order of its own. With static masking the pairs of the first epoch come
 * again with their masks. A batch is a pure function of the options and its step. Throws `data` below two documents.
 */
export class NspSource {
  readonly #pairs: SentencePairs;
  readonly #options: NspOptions;

  constructor(tokens: TokenSequence, options: NspOptions) {
    this.#pairs = pairsOf(tokens, options);
    this.#options = options;
  }

  /** Pairs of an epoch. */
  get pairs(): number {
    return this.#pairs.count;
  }

  /** The batch of a step, from 0 on. */
  at(step: number): MaskedBatch<NspFeeds> {
    const { batch, seed } = this.#options;
    const rows = Array.from({ length: batch }, (_, row) => {
      const drawn = step * batch + row;
      const epoch = Math.floor(drawn / this.pairs);
      const order = new Random(seed, 'nsp/epoch', epoch).uint32();
      const sample = permute(drawn % this.pairs, this.pairs, order);
      return nspRow(this.#pairs, { sample, epoch }, this.#options);
    });
    return nspBatch(rows, this.#options);
  }
}

/**
 * A pair of each T - 3 tokens, in order; `batches` limits them to that many batches, of pairs spread evenly over the
 * data. Pairs and masks are a function of the seed alone. Throws `data` below two documents.
 */
export function* nspEvaluation(
  tokens: TokenSequence,
  options: NspOptions & { batches?: number | undefined },
): Generator<MaskedBatch<NspFeeds>> {
  const pairs = pairsOf(tokens, options);
  for (const samples of spread({ samples: pairs.count, batch: options.batch, batches: options.batches })) {
    const rows = samples.map((sample) => nspRow(pairs, { sample, epoch: 'evaluation' }, options));
    yield nspBatch(rows, options);
  }
}

interface NspRow extends MaskedRow {
  readonly nextSentence: 0 | 1;
}

function nspRow(
  pairs: SentencePairs,
  place: { sample: number; epoch: number | 'evaluation' },
  { context, seed, vocabulary, masking }: NspOptions,
): NspRow {
  const stream = place.epoch === 'evaluation' || masking.dynamic ? place.epoch : 0;
  const pair = pairs.pair(
    place.sample,
    new Random(seed, `nsp/${stream}`, place.sample * DRAWS_PER_PAIR),
    masking.dynamic && place.epoch !== 'evaluation',
  );
  const { ids, segments } = framePair(vocabulary, pair.a, pair.b, context);
  const masked = maskSequence(ids, vocabulary, masking, { seed, ...place });
  return { masked, segments, nextSentence: pair.nextSentence };
}

function nspBatch(rows: readonly NspRow[], options: NspOptions): MaskedBatch<NspFeeds> {
  const { feeds, marks } = maskedBatch(rows, options);
  const nextSentence = new Int32Array(options.batch).fill(-1);
  nextSentence.set(rows.map((row) => row.nextSentence));
  return { feeds: { ...feeds, nextSentence }, marks };
}

function pairsOf(tokens: TokenSequence, options: NspOptions): SentencePairs {
  const frame = specialCount(options.vocabulary, true);
  const room = options.context - frame;
  if (room < 2) {
    throw new ClozeError(
      'data',
      `expected a context of at least ${frame + 2} tokens, got ${options.context}`,
      {
        hint: `${frame} of them frame a pair of sentences`,
      },
    );
  }
  return new SentencePairs(tokens, { ...options, room });
}
