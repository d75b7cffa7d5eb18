/** A decoder with its key/value cache as others run it, in the layout of Hugging Face Optimum. */
import { add, cast, iota, less, reshape, shift, slice } from '../../graph/ops/index.ts';
import { Graph, type Tensor } from '../../graph/tensor.ts';
import type { GptConfig } from '../../models/config.ts';
import { rotaryRows } from '../../models/decode.ts';
import { gptHidden, gptLogits } from '../../models/gpt.ts';
import { parameterShapes } from '../../models/layout.ts';
import { attentionAfter, lowWhereZero } from '../../nn/attention.ts';
import { Scope } from '../../nn/scope.ts';
import { openAxes, type OpenAxes, type OpenModel } from './open-model.ts';

/**
 * Inputs: `input_ids` and `position_ids`, int64 [B, T], `attention_mask`, int64 [B, P + T], of ones and zeros (padding, on
 * either side), and for each layer `past_key_values.N.key` and `.value`, [B, K, P, D], of which P may be 0.
 * Outputs: `logits` [B, T, V], and the same keys and values with the new ones behind, `present.N.key` and `.value`,
 * [B, K, P + T, D].
 */
export function openDecoder(config: GptConfig): OpenModel {
  const { layers, kvHeads, headWidth } = config;
  const graph = new Graph();
  const shapes = parameterShapes(config);
  const axes = openAxes(shapes);
  const { batch, length, past, total } = axes;
  const rows = (name: string): Tensor =>
    reshape(cast(graph.feed(name, 'int64', [batch, length]), 'int32'), [batch * length]);
  const ids = rows('input_ids');
  const mask = decoderMask(graph.feed('attention_mask', 'int64', [batch, total]), axes);
  const positions = rows('position_ids');
  const cached = (layer: number, kind: string): Tensor =>
    graph.feed(`past_key_values.${layer}.${kind}`, 'float32', [batch, kvHeads, past, headWidth]);
  const pairs = Array.from(
    { length: layers },
    (_, layer) => [cached(layer, 'key'), cached(layer, 'value')] as const,
  );
  const present = new Map<string, Tensor>();
  const attend = attentionAfter(
    { keys: pairs.map(([key]) => key), values: pairs.map(([, value]) => value) },
    mask,
    { ...config, batch, length },
    (layer, key, value) => present.set(`present.${layer}.key`, key).set(`present.${layer}.value`, value),
  );
  const scope = Scope.root(graph, shapes);
  const rotary = config.positions === 'rotary' ? rotaryRows(config, config.context, positions) : undefined;
  const hidden = gptHidden(scope, config, { ids, batch, length, attend, positions, rotary });
  const logits = reshape(gptLogits(scope, config, hidden), [batch, length, config.vocab]);
  return { graph, outputs: new Map([['logits', logits], ...present]), open: axes.names };
}

/** Added to the scores, [B, 1, T, S]: query i, at position P + i, sees what is no padding up to itself. */
function decoderMask(real: Tensor, { batch, length, past, total }: OpenAxes): Tensor {
  const { graph } = real;
  return graph.within('mask', () => {
    const places = iota(graph, total);
    const own = reshape(slice(places, 0, past, total), [length, 1]);
    const seen = less(places, shift(own, 1)); // [T, S]
    return add(reshape(lowWhereZero(real), [batch, 1, 1, total]), lowWhereZero(seen));
  });
}
