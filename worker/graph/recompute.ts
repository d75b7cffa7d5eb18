/** Rematerialisation, also called activation checkpointing (Chen et al. 2016). */
import { type Emitter, isFloat, type Node, type Op, type Tensor, type ValueType } from './tensor.ts';

/** The segment a node belongs to (a layer, usually), or undefined if its values are kept. */
export type SegmentOf = (node: Node) => string | undefined;

type None = Readonly<Record<string, never>>;

/**
 * Passes x through once `token` has been computed. It orders the recomputation after the backward pass has
 * reached the segment; without it a runtime is free to compute the copies at once and keep them.
 */
export const afterOp: Op<None> = {
  name: 'after',
  infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
  lower: (emit, { inputs: [x, token], inputTypes: [type, tokenType] }) => {
    const zero = zeroAfter(emit, token!, tokenType!);
    const matched = tokenType!.dtype === type!.dtype ? zero : emit.node('CastLike', [zero, x!])[0]!;
    return emit.node('Add', [x!, matched]);
  },
  vjp: 'none',
  reference: ([x]) => [x!],
};

/** A zero that there is only once `token` has been computed. */
export function zeroAfter(emit: Emitter, token: string, { dtype }: ValueType): string {
  const flat = emit.node('Reshape', [token, emit.constant('int64', [1], [-1])])[0]!;
  const first = emit.node('Gather', [flat, emit.constant('int64', [], [0])])[0]!;
  return emit.node('Mul', [first, emit.constant(dtype, [], [0])])[0]!;
}

/** Hands the backward pass copies of the values inside segments, made from what enters each segment. */
export class Recomputation {
  readonly #segmentOf: SegmentOf;
  readonly #copies = new Map<Tensor, Tensor>();

  constructor(segmentOf: SegmentOf) {
    this.#segmentOf = segmentOf;
  }

  /** The value of `t` for the gradient of `user`; `token` is a cotangent that has just arrived there. */
  value(t: Tensor, user: Node, token: Tensor): Tensor {
    const segment = this.#segmentOf(user);
    return segment === undefined || !this.#isInside(t, segment) ? t : this.#copy(t, segment, token);
  }

  /** Parameters and constants are where they are, whatever the scope that first named them. */
  #isInside({ node }: Tensor, segment: string): boolean {
    return node.inputs.length > 0 && this.#segmentOf(node) === segment;
  }

  #copy(t: Tensor, segment: string, token: Tensor): Tensor {
    const done = this.#copies.get(t);
    if (done !== undefined) return done;
    const { node } = t;
    const inputs = node.inputs.map((x) =>
      this.#isInside(x, segment) ? this.#copy(x, segment, token) : this.#entry(x, token),
    );
    const outputs = t.graph.withScope(`recompute/${node.scope}`, () =>
      t.graph.apply(node.op, inputs, node.params),
    );
    node.outputs.forEach((original, i) => this.#copies.set(original, outputs[i]!));
    return outputs[t.index]!;
  }

  /** A value that enters a segment: activations are held back by the token, parameters and constants need not be. */
  #entry(x: Tensor, token: Tensor): Tensor {
    if (x.node.inputs.length === 0 || !isFloat(x.dtype)) return x;
    const done = this.#copies.get(x);
    if (done !== undefined) return done;
    const held = x.graph.withScope(
      `recompute/${x.node.scope}`,
      () => x.graph.apply(afterOp, [x, token], {})[0]!,
    );
    this.#copies.set(x, held);
    return held;
  }
}
