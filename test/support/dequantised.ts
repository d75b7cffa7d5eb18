/** The float32 weights that a model's quantised ones stand for: what a plain model must have to compute the same. */
import { transposed } from '../../worker/checkpoints/quantise.ts';
import { dequantise } from '../../worker/graph/ops/index.ts';
import { type Dense, sizeOf } from '../../worker/graph/tensor.ts';
import type { ModelConfig } from '../../worker/models/config.ts';
import type { NamedWeights } from '../../worker/models/initialise.ts';
import { isInOut, stackLayers } from '../../worker/models/layout.ts';
import { isQuantised, type StateValue, stateValues } from '../../worker/models/quantised.ts';
import type { Quantised } from '../../worker/nn/quantised.ts';

export function dequantised(
  config: ModelConfig,
  quantised: Quantised,
  weights: readonly NamedWeights[],
): NamedWeights[] {
  return weights.map((weight) => {
    if (!isQuantised(weight.name, quantised)) return weight;
    const [codes, scales] = [...stateValues(config, quantised, [weight])].map(asDense) as [Dense, Dense];
    const module = weight.name.slice(0, -'.weight'.length);
    const { shape, data } = dequantise(codes, scales, quantised.bits.get(module)!);
    const flipped = isInOut(config.layout) && stackLayers(config).has(module);
    const values = Float32Array.from(data);
    return { ...weight, data: flipped ? transposed(values, shape[0]!, shape[1]!) : values };
  });
}

function asDense({ dtype, shape, data }: StateValue): Dense {
  return { dtype, shape, data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => data[i]!) };
}
