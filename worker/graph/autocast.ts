/**
 * Mixed precision (Micikevicius et al. 2018) as PyTorch's autocast has it: which operations compute in 16 bits. A pass over
 * a loss before it is differentiated, so that the backward pass has the types of the forward pass.
 */
import type { HalfType } from '../base/half.ts';
import {
  cast,
  castOp,
  crossEntropyOp,
  dropoutMaskOp,
  expOp,
  gemmOp,
  groupedGemmOp,
  layerNormOp,
  logOp,
  matmulOp,
  reduceSumOp,
  rmsNormOp,
  softmaxOp,
} from './ops/index.ts';
import { liveNodes } from './live.ts';
import { type DType, isFloat, type Node, type Tensor } from './tensor.ts';

const names = (...ops: readonly { readonly name: string }[]): ReadonlySet<string> =>
  new Set(ops.map(({ name }) => name));

/** Products, which take most of the time and lose least: always in 16 bits. */
const IN_HALF = names(gemmOp, groupedGemmOp, matmulOp);

/** Sums of many terms and wide ranges: always in float32. All others take the widest type that comes in. */
const IN_FLOAT32 = names(softmaxOp, layerNormOp, rmsNormOp, crossEntropyOp, reduceSumOp, expOp, logOp);

/**
 * The same loss with its products in `half`, in the same graph. Parameters stay float32: each is cast once, and its
 * gradient comes out in float32 through that cast.
 */
export function autocast(loss: Tensor, half: HalfType): Tensor {
  const pass = new Autocast(half);
  for (const node of liveNodes(loss.graph, [loss])) pass.visit(node);
  return pass.inFloat32(loss);
}

class Autocast {
  readonly #half: HalfType;
  /** What stands for a value of the original, where that is not the value itself. */
  readonly #standIns = new Map<Tensor, Tensor>();
  /** A value is cast once to each type. */
  readonly #casts = new Map<Tensor, Map<DType, Tensor>>();

  constructor(half: HalfType) {
    this.#half = half;
  }

  visit(node: Node): void {
    const before = node.inputs.map((t) => this.#standIns.get(t) ?? t);
    const type = this.#computeType(node, before);
    const { graph } = node.outputs[0]!;
    graph.withScope(node.scope, () => {
      const inputs = type === undefined ? before : before.map((t) => this.#cast(t, type));
      if (inputs.every((t, i) => t === node.inputs[i])) return;
      const outputs = graph.apply(node.op, inputs, node.params);
      node.outputs.forEach((t, i) => this.#standIns.set(t, outputs[i]!));
    });
  }

  inFloat32(t: Tensor): Tensor {
    return this.#cast(this.#standIns.get(t) ?? t, 'float32');
  }

  /** The type that a node computes in; undefined where there is none to choose. */
  #computeType({ op }: Node, inputs: readonly Tensor[]): DType | undefined {
    if (IN_HALF.has(op.name)) return this.#half;
    if (IN_FLOAT32.has(op.name)) return 'float32';
    if (op.name === castOp.name) return undefined;
    const types = new Set(inputs.filter((t) => isFloat(t.dtype) && !isWeak(t)).map(({ dtype }) => dtype));
    if (!types.has(this.#half)) return undefined;
    return types.size === 1 ? this.#half : 'float32';
  }

  #cast(t: Tensor, to: DType): Tensor {
    if (!isFloat(t.dtype) || t.dtype === to) return t;
    let casts = this.#casts.get(t);
    if (casts === undefined) this.#casts.set(t, (casts = new Map<DType, Tensor>()));
    let done = casts.get(to);
    if (done === undefined) casts.set(to, (done = cast(t, to)));
    return done;
  }
}

/** Numbers and masks of dropout take the type of what they are multiplied with. */
function isWeak({ shape, node }: Tensor): boolean {
  return shape.length === 0 || node.op.name === dropoutMaskOp.name;
}
