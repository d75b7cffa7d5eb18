/** Linear layers and norms over parameters found by name. */
import { gemm, layerNorm, rmsNorm } from '../graph/ops/index.ts';
import type { Tensor } from '../graph/tensor.ts';
import { addLowRank } from './lora.ts';
import type { Scope } from './scope.ts';

/** How a linear layer stores its weight: Conv1D is [in, out] (GPT-1, GPT-2), Linear is [out, in]. */
export type WeightLayout = 'in-out' | 'out-in';

/** x W (+ bias), and what an adapter adds: x [N, in] -> [N, out]. */
export function linear(scope: Scope, name: string, x: Tensor, layout: WeightLayout): Tensor {
  return scope.module(name, (inner) => {
    const y = gemm(x, inner.parameter('weight'), {
      transposeB: layout === 'out-in',
      ...(inner.has('bias') ? { bias: inner.parameter('bias') } : {}),
    });
    return addLowRank(inner, x, y);
  });
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
