import { ClozeError } from '../../base/errors.ts';
import { Random } from '../../base/random.ts';
import { permute } from '../permutation.ts';
import type { TokenSequence } from '../token-file.ts';
import type { MaskedBatch, MaskedRow, ObjectiveOptions } from './masked-batch.ts';
import { maskedBatch } from './masked-batch.ts';
import { maskSequence } from './masking.ts';
import type { Stream } from './separated.ts';
import { separated } from './separated.ts';
import { spread } from './spread.ts';

/** [CLS] and [SEP]. */
const FRAME = 2;

/**
 * Training batches of masked language modelling on full sentences (RoBERTa; Liu et al. 2019): `[CLS] tokens [SEP]`,
 * the tokens T - 2 of the documents one after another. An epoch takes each window once, in an order of its own and,
 * with dynamic masking, at a shift of its own; static masking hides the same tokens of the same windows each epoch.
 * A batch is a pure function of the options and its step. Data shorter than a window is one, padded. Throws `data`
 * if there is none, or if T has no room for a token.
 */
export class MlmSource {
  readonly #stream: Stream;
  readonly #options: ObjectiveOptions;
  /** Windows of an epoch. */
  readonly windows: number;

  constructor(tokens: TokenSequence, options: ObjectiveOptions) {
    this.#stream = streamOf(tokens, options);
    this.#options = options;
    this.windows = Math.max(1, Math.floor(this.#stream.length / (options.context - FRAME)));
  }

  /** The batch of a step, from 0 on. */
  at(step: number): MaskedBatch {
    const { batch } = this.#options;
    const rows = Array.from({ length: batch }, (_, row) => this.#row(step * batch + row));
    return maskedBatch(rows, this.#options);
  }

  #row(sample: number): MaskedRow {
    const { context, seed, masking } = this.#options;
    const epoch = Math.floor(sample / this.windows);
    const random = new Random(seed, 'mlm/epoch', epoch * 3);
    const spare = Math.max(0, this.#stream.length - this.windows * (context - FRAME));
    const shift = random.integer(spare + 1);
    const window = permute(sample % this.windows, this.windows, random.uint32());
    const start = (masking.dynamic ? shift : 0) + window * (context - FRAME);
    return maskedWindow(this.#stream, start, { sample: window, epoch }, this.#options);
  }
}

/**
 * All tokens once, in windows in order; `batches` limits them to that many batches, of windows spread evenly over the
 * data. The masks are a function of the seed alone. Throws `data` if there are no tokens.
 */
export function* mlmEvaluation(
  tokens: TokenSequence,
  options: ObjectiveOptions & { batches?: number | undefined },
): Generator<MaskedBatch> {
  const stream = streamOf(tokens, options);
  const size = options.context - FRAME;
  const samples = Math.ceil(stream.length / size);
  for (const windows of spread({ samples, batch: options.batch, batches: options.batches })) {
    const rows = windows.map((window) =>
      maskedWindow(stream, window * size, { sample: window, epoch: 'evaluation' }, options),
    );
    yield maskedBatch(rows, options);
  }
}

function maskedWindow(
  stream: Stream,
  start: number,
  place: { sample: number; epoch: number | 'evaluation' },
  { context, seed, vocabulary, masking }: ObjectiveOptions,
): MaskedRow {
  const count = Math.min(context - FRAME, stream.length - start);
  const ids = Int32Array.of(vocabulary.cls, ...stream.read(start, count), vocabulary.sep);
  return {
    masked: maskSequence(ids, vocabulary, masking, { seed, ...place }),
    segments: new Int32Array(ids.length),
  };
}

function streamOf(tokens: TokenSequence, { context, vocabulary }: ObjectiveOptions): Stream {
  if (context <= FRAME) {
    throw new ClozeError('data', `expected a context of at least ${FRAME + 1} tokens, got ${context}`, {
      hint: `${FRAME} of them frame the text`,
    });
  }
  if (tokens.length === 0) {
    throw new ClozeError('data', 'masked language modelling needs text, and the data has no tokens', {
      hint: 'take more data',
    });
  }
  return separated(tokens, vocabulary.sep);
}
