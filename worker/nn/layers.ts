/** Linear layers and norms over parameters found by name. */
import { gather, gemm, layerNorm, quantisedGather, quantisedGemm, rmsNorm } from '../graph/ops/index.ts';
import type { Tensor } from '../graph/tensor.ts';
import { addLowRank } from './lora.ts';
import type { Scope } from './scope.ts';

/** How a linear layer stores its weight: Conv1D is [in, out] (GPT-1, GPT-2), Linear is [out, in]. */
export type WeightLayout = 'in-out' | 'out-in';

/** x W (+ bias), and what an adapter adds: x [N, in] -> [N, out]. */
export function linear(scope: Scope, name: string, x: Tensor, layout: WeightLayout): Tensor {
  return scope.module(name, (inner) => addLowRank(inner, x, product(inner, x, layout)));
}

/** x W (+ bias) with the weight of a scope, quantised where it is. */
export function product(scope: Scope, x: Tensor, layout: WeightLayout): Tensor {
  const bias = scope.has('bias') ? { bias: scope.parameter('bias') } : {};
  const quantised = scope.quantised(layout);
  if (quantised !== undefined) return quantisedGemm(x, quantised, { ...bias, rounded: quantised.rounded });
  return gemm(x, scope.parameter('weight'), { transposeB: layout === 'out-in', ...bias });
}

/** Rows of the table `name`, quantised where it is: ids int32 [N] -> [N, C]. */
export function embedding(scope: Scope, name: string, ids: Tensor): Tensor {
  const table = scope.under(`${name}.`);
  const quantised = table.quantised('out-in');
  return quantised === undefined ? gather(table.parameter('weight'), ids) : quantisedGather(quantised, ids);
}

export interface NormOptions {
  readonly kind: 'layernorm' | 'rmsnorm';
  readonly epsilon: number;
}

/** LayerNorm or RMSNorm over the last axis: [N, C] -> [N, C]. */
export function norm(scope: Scope, name: string, x: Tensor, { kind, epsilon }: NormOptions): Tensor {
  return scope.module(name, (inner) => {
    const weight = inner.parameter('weight');
    if (kind === 'rmsnorm') return rmsNorm(x, weight, epsilon);
    return layerNorm(x, weight, inner.has('bias') ? inner.parameter('bias') : undefined, epsilon);
  });
}
