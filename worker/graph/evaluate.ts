import { roundToHalf } from '../base/half.ts';
import { liveNodes } from './live.ts';
import { type Dense, input, type InputParams, isHalf, type Tensor } from './tensor.ts';

/**
 * Computes tensors with the reference kernels, in double precision, what is of 16 bits rounded to them: slow, and what
 * everything else is compared with. `values` holds feeds and states by name.
 */
export function evaluate(outputs: readonly Tensor[], values: ReadonlyMap<string, Dense>): Dense[] {
  const known = new Map<Tensor, Dense>();
  for (const node of liveNodes(outputs[0]!.graph, outputs)) {
    const given = node.op.name === input.name ? values.get((node.params as InputParams).name) : undefined;
    const results =
      given === undefined
        ? node.op.reference(
            node.inputs.map((t) => known.get(t)!),
            node.params,
          )
        : [given];
    node.outputs.forEach((t, i) => known.set(t, stored(t, results[i]!)));
  }
  return outputs.map((t) => known.get(t)!);
}

/** A result as its tensor's type holds it. */
function stored({ dtype }: Tensor, value: Dense): Dense {
  return isHalf(dtype) ? { ...value, data: value.data.map((v) => roundToHalf(dtype, v)) } : value;
}
