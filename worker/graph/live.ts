import { ClozeError } from '../base/errors.ts';
import { describe, type Graph, type Node, sameShape, type Tensor } from './tensor.ts';

/** The nodes that `outputs` depend on, in topological order. */
export function liveNodes(graph: Graph, outputs: Iterable<Tensor>): Node[] {
  const live = new Set<Node>();
  const pending = Array.from(outputs, (t) => t.node);
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (live.has(node)) continue;
    live.add(node);
    pending.push(...node.inputs.map((t) => t.node));
  }
  return graph.nodes.filter((node) => live.has(node));
}

/** Checks that every value is defined before its use and has the type that its op infers. Cheap, always on. */
export function checkGraph(nodes: readonly Node[]): void {
  const defined = new Set<Tensor>();
  for (const { op, inputs, outputs, params, scope } of nodes) {
    const missing = inputs.find((t) => !defined.has(t));
    if (missing !== undefined) {
      throw new ClozeError(
        'graph',
        `${op.name} in '${scope}' uses ${describe(missing)} before it is defined`,
      );
    }
    for (const [i, type] of op.infer(inputs, params).entries()) {
      const got = outputs[i];
      if (got?.dtype !== type.dtype || !sameShape(got.shape, type.shape)) {
        throw new ClozeError('graph', `${op.name} in '${scope}': output ${i} should be ${describe(type)}`);
      }
    }
    for (const t of outputs) defined.add(t);
  }
}
