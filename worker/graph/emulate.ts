/** 16-bit arithmetic where a provider has none: computed in float32, rounded to 16 bits wherever those would be stored. */
import { type HalfType, roundToHalf } from '../base/half.ts';
import { liveNodes } from './live.ts';
import {
  cast,
  castOp,
  concatOp,
  constant,
  constantOp,
  type ConstantParams,
  expandOp,
  reshapeOp,
  sliceOp,
  splitOp,
  transposeOp,
  zerosOp,
} from './ops/index.ts';
import { afterOp } from './recompute.ts';
import { isHalf, type Node, type Op, ONNX_TYPE, type Tensor } from './tensor.ts';

/** float32 rounded to what `to` can hold: nearest, ties to even, infinity on overflow. ONNX Runtime keeps both casts. */
export const roundOp: Op<{ readonly to: HalfType }> = {
  name: 'round',
  infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
  lower: (emit, { inputs, inputTypes, params }) =>
    [params.to, inputTypes[0]!.dtype].reduce(
      (values, type) => emit.node('Cast', values, { attributes: { to: ONNX_TYPE[type] } }),
      [...inputs],
    ),
  vjp: 'none',
  reference: ([x], { to }) => [{ ...x!, data: x!.data.map((v) => roundToHalf(to, v)) }],
};

export function round(x: Tensor, to: HalfType): Tensor {
  return x.graph.apply(roundOp, [x], { to })[0]!;
}

/** What these give out has the values that came in: rounded already. */
const MOVING = new Set(
  [reshapeOp, transposeOp, expandOp, sliceOp, splitOp, concatOp, zerosOp, afterOp].map(({ name }) => name),
);

/**
 * The same values in the same graph without a tensor of 16 bits. A pass over the whole of a program, after it has been
 * differentiated.
 */
export function emulated(outputs: readonly Tensor[]): Tensor[] {
  const standIns = new Map<Tensor, Tensor>();
  for (const node of liveNodes(outputs[0]!.graph, outputs)) {
    const inputs = node.inputs.map((t) => standIns.get(t) ?? t);
    if (!node.outputs.some((t) => isHalf(t.dtype)) && inputs.every((t, i) => t === node.inputs[i])) continue;
    const results = node.outputs[0]!.graph.withScope(node.scope, () => inFloat32(node, inputs));
    node.outputs.forEach((t, i) => standIns.set(t, results[i]!));
  }
  return outputs.map((t) => standIns.get(t) ?? t);
}

function inFloat32({ op, params, outputs }: Node, inputs: readonly Tensor[]): Tensor[] {
  const [{ graph, dtype, shape }] = outputs as [Tensor];
  if (op.name === castOp.name) {
    return [isHalf(dtype) ? round(cast(inputs[0]!, 'float32'), dtype) : cast(inputs[0]!, dtype)];
  }
  if (op.name === constantOp.name) {
    return [round(constant(graph, 'float32', shape, (params as ConstantParams).data), dtype as HalfType)];
  }
  const typed = op.name === zerosOp.name ? { shape, dtype: 'float32' } : params;
  const results = graph.apply(op, inputs, typed);
  return results.map((t, i) => {
    const { dtype: stored } = outputs[i]!;
    return isHalf(stored) && !MOVING.has(op.name) ? round(t, stored) : t;
  });
}
