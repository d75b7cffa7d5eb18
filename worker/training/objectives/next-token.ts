/** Causal language modelling: each token from those before it (Radford et al. 2018). */
import { BatchSource } from '../../data/batches.ts';
import { evaluationBatches } from '../../data/evaluation.ts';
import type { FimOptions } from '../../data/fim.ts';
import type { TokenSequence } from '../../data/token-file.ts';
import type { GptConfig } from '../../models/config.ts';
import { type Adapter, trainedShapes } from '../../models/lora.ts';
import { sequenceModel, tokenLoss } from '../../models/sequence.ts';
import { RoutingTotals } from '../../models/routing.ts';
import { documentEnd, type Tokenizer } from '../../tokenizers/tokenizer.ts';
import type { LossSource, Objective, ObjectiveBatch, Scorer } from '../objective.ts';

export interface WindowShape {
  /** B, sequences in a batch. */
  readonly batch: number;
  /** T, tokens in a sequence. */
  readonly context: number;
}

/** Token ids and what should follow them, int32 [B T] each; a negative target does not count. */
export interface TokenBatch {
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
}

/** The loss of a decoder. Feeds: `ids` and `targets`, as {@link tokenFeeds} gives them. */
export function nextTokenLoss(
  config: GptConfig,
  { batch, context }: WindowShape,
  adapter?: Adapter,
  quantised = adapter?.quantised,
): LossSource {
  return {
    trained: trainedShapes(config, adapter),
    lengths: [context],
    lossGraph(length, training) {
      const model = sequenceModel(config, batch, length, training, adapter, quantised);
      const { loss, total, count, routing } = tokenLoss(model);
      return { graph: model.graph, loss, scores: { total, count, ...routing } };
    },
  };
}

/** A batch under the names of the feeds. */
export function tokenFeeds({ inputs, targets }: TokenBatch, { context }: WindowShape): ObjectiveBatch {
  return { length: context, feeds: { ids: inputs, targets } };
}

export interface NextTokenData {
  readonly train: TokenSequence;
  readonly validation: TokenSequence;
  readonly tokenizer: TextEnds;
  readonly fim?: FimOptions | undefined;
  readonly adapter?: Adapter | undefined;
}

export interface NextTokenSettings extends WindowShape {
  readonly seed: number;
  readonly order: 'random' | 'packed';
}

/** Throws `data` if the training data is shorter than a batch. */
export function nextToken(
  config: GptConfig,
  { train, validation, tokenizer, fim, adapter }: NextTokenData,
  settings: NextTokenSettings,
): Objective {
  const batches = new BatchSource(train, { ...settings, ...(fim === undefined ? {} : { fim }) });
  return {
    ...nextTokenLoss(config, settings, adapter),
    config,
    adapter,
    tokens: { train: train.length, validation: validation.length },
    at: (index) => tokenFeeds(batches.at(index), settings),
    evaluation: (count) => nextTokenEvaluation(validation, tokenizer, settings, count),
    scorer: nextTokenScorer,
  };
}

/** The tokens around a tokenizer's texts. */
type TextEnds = Pick<Tokenizer, 'bosId' | 'eosId'>;

/**
 * All windows of a sequence, or `batches` batches of them spread evenly over it where that is not 0. The token that is put before
 * every text does not count, as it does not follow from the text before; unless it alone says that this one has ended.
 */
export function* nextTokenEvaluation(
  tokens: TokenSequence,
  tokenizer: TextEnds,
  { batch, context }: WindowShape,
  batches: number,
): Generator<ObjectiveBatch> {
  const limit = batches === 0 ? {} : { batches };
  const uncounted = tokenizer.bosId === documentEnd(tokenizer) ? undefined : tokenizer.bosId;
  for (const each of evaluationBatches(tokens, { batch, context, uncounted, ...limit })) {
    yield tokenFeeds(each, { batch, context });
  }
}

/** Mean cross-entropy a token, in nats; of a mixture of experts also how its routers spread the tokens. */
export function nextTokenScorer(): Scorer {
  let total = 0;
  let count = 0;
  const routing = new RoutingTotals();
  return {
    add({ total: sum, count: targets, routedTokens, routerProbabilities, routerEntropies }) {
      total += Number(sum!.data[0]);
      count += Number(targets!.data[0]);
      if (routedTokens === undefined) return;
      const parts = [routedTokens, routerProbabilities!, routerEntropies!].map(
        ({ data }) => data as Float32Array,
      );
      routing.add(parts[0]!, parts[1]!, parts[2]!);
    },
    result: () => ({ loss: total / count, tokens: count, routing: routing.result() }),
  };
}
