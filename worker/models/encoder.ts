/** An encoder over whole sequences: what training, evaluation, inspection and inference build on. */
import { ClozeError } from '../base/errors.ts';
import { Graph, type Tensor } from '../graph/tensor.ts';
import { Scope } from '../nn/scope.ts';
import { bertHidden } from './bert.ts';
import type { BertConfig } from './bert-config.ts';
import { type Adapter, adaptedShapes, hasDropout } from './lora.ts';

export interface EncoderModel {
  readonly config: BertConfig;
  readonly graph: Graph;
  readonly scope: Scope;
  /** B and T. */
  readonly batch: number;
  readonly length: number;
  /** [B T, C], after the last norm. */
  readonly hidden: Tensor;
}

/**
 * Feeds, all int32: `ids` [B T], `mask` [B T] (1 is a token, 0 padding), `segments` [B T] if the model tells kinds of
 * segment apart, and where `training`, `dropoutKey` [2] (seed, step), if it has dropout. Throws `model` if the
 * sequences are longer than the model has positions for.
 */
export function encoderModel(
  config: BertConfig,
  batch: number,
  length: number,
  training: boolean,
  adapter?: Adapter,
): EncoderModel {
  if (length > config.context) {
    throw new ClozeError(
      'model',
      `sequences of ${length} tokens, but the model has ${config.context} positions`,
      {
        hint: 'shorten the texts, or cut them into pieces',
        details: { length, context: config.context },
      },
    );
  }
  const graph = new Graph();
  const feed = (name: string): Tensor => graph.feed(name, 'int32', [batch * length]);
  const ids = feed('ids');
  const mask = feed('mask');
  const segments = config.segments > 1 ? feed('segments') : undefined;
  const dropoutKey =
    training && hasDropout(config, adapter) ? graph.feed('dropoutKey', 'int32', [2]) : undefined;
  const scope = Scope.root(graph, adaptedShapes(config, adapter), {
    dropoutKey,
    lowRank: adapter,
    quantised: adapter?.quantised,
  });
  const hidden = bertHidden(scope, config, { ids, segments, mask, batch, length });
  return { config, graph, scope, batch, length, hidden };
}
