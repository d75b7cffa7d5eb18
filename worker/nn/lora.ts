/** Low-rank adaptation of linear layers (LoRA; Hu et al. 2021). */
import { add, gemm } from '../graph/ops/index.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Scope } from './scope.ts';

/** What is added to the linear layers of a model. */
export interface LowRank {
  /** Factor on B A x by the name of the module, as alpha / r. */
  readonly scales: ReadonlyMap<string, number>;
  /** Of the x that A sees, in training. */
  readonly dropout: number;
}

/** Names of A [R, in] and B [out, R] within their module, as PEFT stores them. */
export const LORA_A = 'lora_A.weight';
export const LORA_B = 'lora_B.weight';

/** y + scale B A x, where the scope's module has such a layer: x [N, in], y [N, out] -> [N, out]. */
export function addLowRank(scope: Scope, x: Tensor, y: Tensor): Tensor {
  const layer = scope.lowRank;
  if (layer === undefined) return y;
  const down = gemm(scope.dropout(x, layer.dropout), scope.parameter(LORA_A), { transposeB: true }); // [N, R]
  return add(y, gemm(down, scope.parameter(LORA_B), { transposeB: true, alpha: layer.scale }));
}
