/** Reverse-mode differentiation of a graph, as more graph. */
import { ClozeError } from '../base/errors.ts';
import { add } from './ops/elementwise.ts';
import { scatterAddRows, scatterAddRowsOp } from './ops/embedding.ts';
import { constant, zerosOp } from './ops/shape.ts';
import { Recomputation, type SegmentOf } from './recompute.ts';
import { describe, type Node, sameShape, type Tensor, type Vjp } from './tensor.ts';

export interface GradientOptions {
  /** Activation checkpointing: values inside a segment are computed again for the backward pass, not kept. */
  recompute?: SegmentOf;
}

/**
 * Gradients of a scalar with respect to `targets`, in their order. One walk in reverse creation order over the
 * nodes that lie between the targets and the scalar; a target that the scalar does not depend on is an error.
 */
export function gradients(loss: Tensor, targets: readonly Tensor[], options: GradientOptions = {}): Tensor[] {
  if (loss.shape.length !== 0)
    throw new ClozeError('graph', `gradients: the loss must be a scalar, got ${describe(loss)}`);
  const { graph } = loss;
  const forward = graph.nodes.slice();
  const active = reachableFrom(targets, forward);
  const cotangents = new Map<Tensor, Tensor>([[loss, constant(graph, loss.dtype, [], [1])]]);
  const recomputation = options.recompute === undefined ? undefined : new Recomputation(options.recompute);
  for (const node of forward.reverse()) {
    if (!node.outputs.some((t) => cotangents.has(t)) || !node.inputs.some((t) => active.has(t))) continue;
    graph.withScope(node.scope.startsWith('grad') ? node.scope : `grad/${node.scope}`, () => {
      for (const [i, gradient] of inputGradients(node, cotangents, active, recomputation).entries()) {
        if (gradient !== undefined) accumulate(cotangents, node.inputs[i]!, gradient);
      }
    });
  }
  return targets.map((target) => {
    const gradient = cotangents.get(target);
    if (gradient === undefined) {
      throw new ClozeError(
        'graph',
        `gradients: the loss does not depend on ${describe(target)} from ${target.node.op.name}`,
      );
    }
    return gradient;
  });
}

function reachableFrom(targets: readonly Tensor[], nodes: readonly Node[]): ReadonlySet<Tensor> {
  const active = new Set<Tensor>(targets);
  for (const node of nodes) {
    if (node.op.vjp !== 'zero' && node.inputs.some((t) => active.has(t)))
      for (const t of node.outputs) active.add(t);
  }
  return active;
}

function inputGradients(
  node: Node,
  cotangents: ReadonlyMap<Tensor, Tensor>,
  active: ReadonlySet<Tensor>,
  recomputation: Recomputation | undefined,
): (Tensor | undefined)[] {
  const { op, inputs, outputs, params } = node;
  if (op.vjp === 'zero') return [];
  if (op.vjp === 'none')
    throw new ClozeError('graph', `gradients: ${op.name} has no gradient (in ${node.scope})`);
  const wanted = inputs.map((t) => active.has(t));
  const arriving = outputs.map((t) => cotangents.get(t));
  const kept = (values: readonly Tensor[]): readonly Tensor[] =>
    recomputation === undefined
      ? values
      : values.map((t) =>
          recomputation.value(
            t,
            node,
            arriving.find((g) => g !== undefined)!,
          ),
        );
  const uses = (which: Vjp<unknown>['uses']): boolean =>
    node.op.vjp !== 'zero' &&
    node.op.vjp !== 'none' &&
    (node.op.vjp.uses === which || node.op.vjp.uses === 'both');
  const result = op.vjp.rule({
    inputs: uses('inputs') ? kept(inputs) : [],
    outputs: uses('outputs') ? kept(outputs) : [],
    inputTypes: inputs,
    outputTypes: outputs,
    params,
    cotangents: arriving,
    wanted,
  });
  checkGradients(node, result, wanted);
  return result.map((gradient, i) => (wanted[i] ? gradient : undefined));
}

function checkGradients(
  node: Node,
  result: readonly (Tensor | undefined)[],
  wanted: readonly boolean[],
): void {
  if (result.length !== node.inputs.length) {
    throw new ClozeError(
      'graph',
      `gradients: ${node.op.name} gave ${result.length} gradients for ${node.inputs.length} inputs`,
    );
  }
  for (const [i, gradient] of result.entries()) {
    const input = node.inputs[i]!;
    if (gradient === undefined || !wanted[i]) continue;
    if (gradient.dtype !== input.dtype || !sameShape(gradient.shape, input.shape)) {
      throw new ClozeError(
        'graph',
        `gradients: ${node.op.name} input ${i} is ${describe(input)}, its gradient ${describe(gradient)} (in ${node.scope})`,
      );
    }
  }
}

function accumulate(cotangents: Map<Tensor, Tensor>, of: Tensor, gradient: Tensor): void {
  const before = cotangents.get(of);
  cotangents.set(of, before === undefined ? gradient : sum(before, gradient));
}

/**
 * a + b. Rows scattered into zeros are scattered into the other term instead: with a tied head, the embedding's
 * sparse gradient then costs its own rows and not a dense table.
 */
function sum(a: Tensor, b: Tensor): Tensor {
  for (const [sparse, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const [base, ids, updates] = sparse.node.inputs;
    if (sparse.node.op.name === scatterAddRowsOp.name && base?.node.op.name === zerosOp.name) {
      return scatterAddRows(other, ids!, updates!);
    }
  }
  return add(a, b);
}
