/** An encoder with its head as others run it, in the layout of Hugging Face Optimum. */
import { cast, iota, reshape } from '../../graph/ops/index.ts';
import { Graph, type Tensor } from '../../graph/tensor.ts';
import { bertHidden, bertPooled, classLogits, maskedLogits, nextSentenceLogits } from '../../models/bert.ts';
import { spanLogits, tagLogits } from '../../models/bert.ts';
import type { BertConfig } from '../../models/bert-config.ts';
import { parameterShapes } from '../../models/layout.ts';
import { Scope } from '../../nn/scope.ts';
import { openAxes, type OpenModel } from './open-model.ts';

/**
 * Inputs, int64 [B, T]: `input_ids`, `attention_mask` of ones and zeros (padding, at the end), and `token_type_ids` if the
 * model tells kinds of segment apart. Outputs: those of {@link headOutputs}.
 */
export function openEncoder(config: BertConfig): OpenModel {
  const graph = new Graph();
  const shapes = parameterShapes(config);
  const { batch, length, names } = openAxes(shapes);
  const rows = (name: string): Tensor =>
    reshape(cast(graph.feed(name, 'int64', [batch, length]), 'int32'), [batch * length]);
  const [ids, mask] = [rows('input_ids'), rows('attention_mask')];
  const segments = config.segments > 1 ? rows('token_type_ids') : undefined;
  const scope = Scope.root(graph, shapes);
  const positions = iota(graph, length);
  const hidden = bertHidden(scope, config, { ids, segments, mask, batch, length, positions });
  return { graph, outputs: headOutputs(scope, config, hidden, [batch, length]), open: names };
}

/**
 * By the head: none `last_hidden_state` [B, T, C]; masked tokens `logits` [B, T, V], with next sentences
 * `prediction_logits` and `seq_relationship_logits` [B, 2]; a label of the text `logits` [B, labels], of each token
 * [B, T, labels]; answers `start_logits` and `end_logits`, [B, T].
 */
function headOutputs(
  scope: Scope,
  config: BertConfig,
  hidden: Tensor,
  [batch, length]: readonly [number, number],
): Map<string, Tensor> {
  const byToken = (x: Tensor): Tensor => reshape(x, [batch, length, x.shape[1]!]);
  switch (config.head) {
    case 'none':
      return new Map([['last_hidden_state', byToken(hidden)]]);
    case 'mlm':
      return new Map([['logits', byToken(maskedLogits(scope, config, hidden))]]);
    case 'mlm+nsp':
      return new Map([
        ['prediction_logits', byToken(maskedLogits(scope, config, hidden))],
        ['seq_relationship_logits', nextSentenceLogits(scope, bertPooled(scope, config, hidden, batch))],
      ]);
    case 'classify':
      return new Map([['logits', classLogits(scope, config, hidden, batch)]]);
    case 'tag':
      return new Map([['logits', byToken(tagLogits(scope, config, hidden))]]);
    case 'answer': {
      const { start, end } = spanLogits(scope, hidden, batch);
      return new Map([
        ['start_logits', start],
        ['end_logits', end],
      ]);
    }
  }
}
