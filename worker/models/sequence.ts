/** A decoder over whole sequences: what training, evaluation and inspection build on. */
import { add, cast, constant, crossEntropy, div, less, maximum } from '../graph/ops/index.ts';
import { mul, scalar, scale, sumAll } from '../graph/ops/index.ts';
import { Graph, type Tensor } from '../graph/tensor.ts';
import { causalAttention, rotaryAngles, type RotaryTable } from '../nn/attention.ts';
import { Scope } from '../nn/scope.ts';
import type { GptConfig } from './config.ts';
import { gptHidden, gptLogits } from './gpt.ts';
import { type Adapter, adaptedShapes, hasDropout } from './lora.ts';
import { balanceLoss, type RoutingSums, routingSums } from './routing.ts';

export interface SequenceModel {
  readonly config: GptConfig;
  readonly graph: Graph;
  readonly scope: Scope;
  /** [B T, V]. */
  readonly logits: Tensor;
}

/**
 * Feeds: `ids`, int32 [B T], and where `training`, `dropoutKey`, int32 [2] (seed, step), if the model has dropout.
 */
export function sequenceModel(
  config: GptConfig,
  batch: number,
  length: number,
  training: boolean,
  adapter?: Adapter,
  quantised = adapter?.quantised,
): SequenceModel {
  const graph = new Graph();
  const ids = graph.feed('ids', 'int32', [batch * length]);
  const dropoutKey =
    training && hasDropout(config, adapter) ? graph.feed('dropoutKey', 'int32', [2]) : undefined;
  const scope = Scope.root(graph, adaptedShapes(config, adapter), {
    dropoutKey,
    lowRank: adapter,
    quantised,
  });
  const { heads, kvHeads, headWidth } = config;
  const attend = causalAttention({ batch, length, heads, kvHeads, headWidth }, config.attentionDropout);
  const rotary = config.positions === 'rotary' ? rotaryConstants(graph, config, length) : undefined;
  const hidden = gptHidden(scope, config, { ids, batch, length, attend, rotary });
  return { config, graph, scope, logits: gptLogits(scope, config, hidden) };
}

function rotaryConstants(graph: Graph, { headWidth, ropeTheta }: GptConfig, length: number): RotaryTable {
  const { cos, sin } = rotaryAngles(length, headWidth, ropeTheta);
  const table = (data: Float32Array): Tensor => constant(graph, 'float32', [length, headWidth / 2], data);
  return { cos: table(cos), sin: table(sin) };
}

export interface TokenLoss {
  /** Mean cross-entropy over the counted targets, in nats, a scalar; of a mixture of experts with the loss that balances it. */
  readonly loss: Tensor;
  /** Its numerator and denominator. */
  readonly total: Tensor;
  readonly count: Tensor;
  /** Of a mixture of experts. */
  readonly routing: RoutingSums | undefined;
}

/** Cross-entropy against the feed `targets`, int32 [B T]; positions with a negative target do not count. */
export function tokenLoss(model: SequenceModel): TokenLoss {
  const { graph, logits, config } = model;
  const routing = routingSums(model);
  return graph.within('loss', () => {
    const targets = graph.feed('targets', 'int32', [logits.shape[0]!]);
    const counted = cast(less(scalar(graph, -1, 'int32'), targets), 'float32'); // [N]
    const each = crossEntropy(logits, maximum(targets, scalar(graph, 0, 'int32')));
    const total = sumAll(mul(each, counted));
    const count = sumAll(counted);
    const mean = div(total, maximum(count, scalar(graph, 1)));
    if (routing === undefined || config.balance === 0) return { loss: mean, total, count, routing };
    const balance = balanceLoss(routing, logits.shape[0]!);
    return { loss: add(mean, scale(balance, config.balance)), total, count, routing };
  });
}
