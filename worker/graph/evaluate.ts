import { liveNodes } from './live.ts';
import { type Dense, input, type InputParams, type Tensor } from './tensor.ts';

/**
 * Computes tensors with the reference kernels, in double precision: slow, and what everything else is compared
 * with. `values` holds feeds and states by name.
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
    node.outputs.forEach((t, i) => known.set(t, results[i]!));
  }
  return outputs.map((t) => known.get(t)!);
}
