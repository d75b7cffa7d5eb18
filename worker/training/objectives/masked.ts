/** Masked language modelling, with or without next sentence prediction (Devlin et al. 2018; Liu et al. 2019). */
import { ClozeError } from '../../base/errors.ts';
import type { MaskedBatch, ObjectiveOptions } from '../../data/objectives/masked-batch.ts';
import { targetRows } from '../../data/objectives/masked-batch.ts';
import { mlmEvaluation, MlmSource } from '../../data/objectives/mlm.ts';
import { nspEvaluation, type NspOptions, NspSource } from '../../data/objectives/nsp.ts';
import { maskVocabulary, continuesWord } from '../../data/objectives/mask-vocabulary.ts';
import type { TokenSequence } from '../../data/token-file.ts';
import type { BertConfig } from '../../models/bert-config.ts';
import { encoderModel } from '../../models/encoder.ts';
import { encoderLoss } from '../../models/encoder-losses.ts';
import { type Adapter, trainedShapes } from '../../models/lora.ts';
import type { Tokenizer } from '../../tokenizers/tokenizer.ts';
import type { LossSource, Objective, ObjectiveBatch, Scorer } from '../objective.ts';
import type { TrainingSettings } from '../settings.ts';

export interface MaskedData {
  readonly train: TokenSequence;
  readonly validation: TokenSequence;
  readonly tokenizer: Tokenizer;
  readonly adapter?: Adapter | undefined;
}

/** Tokens that end a sentence, where the vocabulary has them. */
const SENTENCE_ENDS = ['.', '!', '?'];

/** Share of sentence pairs that are shorter than they could be, as in BERT's own data. */
const SHORT_RATE = 0.1;

export type MaskedSettings = Pick<
  TrainingSettings,
  'batch' | 'context' | 'seed' | 'maskRate' | 'maskOrder' | 'maskWords'
>;

/** How the data is masked, as the settings say. Throws `tokenizer` if the vocabulary has no mask token. */
export function maskingOptions(tokenizer: Tokenizer, settings: MaskedSettings): ObjectiveOptions {
  const { batch, context, seed, maskRate, maskOrder, maskWords } = settings;
  return {
    batch,
    context,
    seed,
    vocabulary: maskVocabulary(tokenizer),
    masking: {
      rate: maskRate,
      dynamic: maskOrder === 'dynamic',
      continues: maskWords ? continuesWord(tokenizer) : undefined,
    },
  };
}

/** The loss of an encoder with a head for masked tokens. Feeds: those of its head. */
function maskedLossSource(config: BertConfig, options: ObjectiveOptions, adapter?: Adapter): LossSource {
  const { batch, context } = options;
  return {
    trained: trainedShapes(config, adapter),
    lengths: [context],
    lossGraph: (length, training) =>
      encoderLoss(encoderModel(config, batch, length, training, adapter), { positions: targetRows(options) }),
  };
}

/** Throws `data` and `tokenizer`. */
export function maskedObjective(
  config: BertConfig,
  { train, validation, tokenizer, adapter }: MaskedData,
  settings: MaskedSettings,
): Objective {
  const options = maskingOptions(tokenizer, settings);
  const pairs = config.head === 'mlm+nsp' ? pairOptions(tokenizer, options) : undefined;
  const source = pairs === undefined ? new MlmSource(train, options) : new NspSource(train, pairs);
  if (pairs !== undefined) new NspSource(validation, pairs); // too few documents must not be found out after many steps
  const { context } = settings;
  return {
    ...maskedLossSource(config, options, adapter),
    config,
    adapter,
    tokens: { train: train.length, validation: validation.length },
    at: (index) => feedsOf(source.at(index), context),
    *evaluation(count) {
      const batches = count === 0 ? undefined : count;
      const all =
        pairs === undefined
          ? mlmEvaluation(validation, { ...options, batches })
          : nspEvaluation(validation, { ...pairs, batches });
      for (const batch of all) yield feedsOf(batch, context);
    },
    scorer: maskedScorer,
  };
}

function pairOptions(tokenizer: Tokenizer, options: ObjectiveOptions): NspOptions {
  const ends = SENTENCE_ENDS.map((token) => tokenizer.tokenToId(token)).filter((id) => id !== undefined);
  return { ...options, sentenceEnds: new Set(ends), shortRate: SHORT_RATE };
}

function feedsOf({ feeds }: MaskedBatch, length: number): ObjectiveBatch {
  return { length, feeds };
}

/** The loss is the sum of the parts' means, as trained; each part's loss and accuracy are metrics. */
function maskedScorer(): Scorer {
  const sums = new Map<string, number>();
  const sum = (name: string): number => sums.get(name) ?? 0;
  const part = (name: string): Record<string, number> =>
    sum(`${name}Count`) === 0
      ? {}
      : {
          [`${name}Loss`]: sum(`${name}Total`) / sum(`${name}Count`),
          [`${name}Accuracy`]: sum(`${name}Correct`) / sum(`${name}Count`),
        };
  return {
    add(results) {
      for (const [name, { data }] of Object.entries(results)) sums.set(name, sum(name) + Number(data[0]));
    },
    result() {
      if (sum('mlmCount') === 0) throw nothingMasked();
      const metrics = { ...part('mlm'), ...part('nsp') };
      const loss = (metrics.mlmLoss ?? 0) + (metrics.nspLoss ?? 0);
      return { loss, tokens: sum('mlmCount'), metrics };
    },
  };
}

function nothingMasked(): ClozeError {
  return new ClozeError(
    'data',
    'the validation data has no token that could be masked: all are unknown or special',
    {
      hint: 'validate with text of the kind that the tokenizer was trained on',
    },
  );
}
