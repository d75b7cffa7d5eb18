/** Matrix products: 60 to 80 % of a step on a CPU, so their ONNX form is chosen by provider. */
import {
  type Dense,
  type Emitter,
  graphError,
  type Op,
  type Shape,
  type Tensor,
  type ValueType,
} from '../tensor.ts';
import { mul, mulOp } from './elementwise.ts';
import { dense } from './reference.ts';
import { unbroadcast } from './shape.ts';

interface MatmulParams {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly alpha: number;
}

type MatmulOptions = Partial<MatmulParams>;

const PLAIN: MatmulParams = { transposeA: false, transposeB: false, alpha: 1 };

/** [rows, columns] of the last two axes after the optional transposition. */
function matrixShape(shape: Shape, transposed: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
}

/** Sizes of the product, checked. */
function productShape(name: string, inputs: readonly ValueType[], params: MatmulParams): [number, number] {
  const [a, b] = inputs;
  const [m, k] = matrixShape(a!.shape, params.transposeA);
  const [k2, n] = matrixShape(b!.shape, params.transposeB);
  if (k !== k2) throw graphError(name, `inner sizes differ: ${k} and ${k2}`, inputs);
  if (a!.dtype !== b!.dtype) throw graphError(name, 'dtypes differ', inputs);
  return [m, n];
}

/** Gradients of the two factors; `product` makes the same kind of product. */
function factorGradients(
  product: (a: Tensor, b: Tensor, options: MatmulOptions) => Tensor,
  g: Tensor,
  [a, b]: readonly Tensor[],
  { transposeA: tA, transposeB: tB, alpha }: MatmulParams,
  wanted: readonly boolean[],
): (Tensor | undefined)[] {
  const da = (): Tensor =>
    tA
      ? product(b!, g, { transposeA: tB, transposeB: true, alpha })
      : product(g, b!, { transposeB: !tB, alpha });
  const db = (): Tensor =>
    tB
      ? product(g, a!, { transposeA: true, transposeB: tA, alpha })
      : product(a!, g, { transposeA: !tA, alpha });
  return [wanted[0] ? da() : undefined, wanted[1] ? db() : undefined];
}

/** A' B' as plain loops: what references of products are made of. */
export function multiply(a: Dense, b: Dense, m: number, n: number, params: MatmulParams): Float64Array {
  const k = matrixShape(a.shape, params.transposeA)[1];
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) {
        const x = a.data[params.transposeA ? l * m + i : i * k + l]!;
        const y = b.data[params.transposeB ? j * k + l : l * n + j]!;
        sum += x * y;
      }
      out[i * n + j] = params.alpha * sum;
    }
  }
  return out;
}

/** alpha A' B' (+ c), 2-D, where ' is an optional transposition; c broadcasts over rows. */
export const gemmOp: Op<MatmulParams> = {
  name: 'gemm',
  infer: (inputs, params) => {
    if (inputs[0]!.shape.length !== 2 || inputs[1]!.shape.length !== 2)
      throw graphError('gemm', 'factors are 2-D', inputs);
    const [m, n] = productShape('gemm', inputs, params);
    const bias = inputs[2];
    if (bias !== undefined && (bias.shape.length !== 1 || bias.shape[0] !== n)) {
      throw graphError('gemm', `the bias must be [${n}]`, inputs);
    }
    return [{ dtype: inputs[0]!.dtype, shape: [m, n] }];
  },
  lower: (emit, { inputs, params: { transposeA, transposeB, alpha } }) => {
    const attributes = { transA: Number(transposeA), transB: Number(transposeB), alpha: { float: alpha } };
    return emit.node('Gemm', inputs, { attributes });
  },
  vjp: {
    uses: 'inputs',
    rule: ({ cotangents: [g], inputs, inputTypes, params, wanted }) => [
      ...(narrowed(g!, inputs, params, wanted) ?? factorGradients(gemm, g!, inputs, params, wanted)),
      ...(inputTypes.length > 2 ? [wanted[2] ? unbroadcast(g!, inputTypes[2]!.shape) : undefined] : []),
    ],
  },
  reference: (inputs, params) => {
    const [a, b, c] = inputs;
    const [m, n] = productShape('gemm', inputs, params);
    const data = multiply(a!, b!, m, n, params);
    if (c !== undefined) data.forEach((_, i) => (data[i]! += c.data[i % n]!));
    return [{ dtype: a!.dtype, shape: [m, n], data }];
  },
};

/**
 * Gradients where the cotangent is a wide matrix scaled by row, as under a cross-entropy: (E * r) B^T = r * (E B^T)
 * and A^T (E * r) = (r * A)^T E, so the pass over [M, N] becomes one over [M, K]. Undefined where that is no gain.
 */
function narrowed(
  g: Tensor,
  [a, b]: readonly Tensor[],
  params: MatmulParams,
  wanted: readonly boolean[],
): (Tensor | undefined)[] | undefined {
  const [wide, perRow] = g.node.op.name === mulOp.name ? g.node.inputs : [];
  const [rows, columns] = g.shape as [number, number];
  const scaledByRow = perRow?.shape.length === 2 && perRow.shape[0] === rows && perRow.shape[1] === 1;
  if (!scaledByRow || params.transposeA || wide!.shape[1] !== columns || a!.shape[1]! >= columns)
    return undefined;
  const [da] = factorGradients(gemm, wide!, [a!, b!], params, [wanted[0]!, false]);
  const [, db] = factorGradients(gemm, wide!, [mul(a!, perRow), b!], params, [false, wanted[1]!]);
  return [da && mul(da, perRow), db];
}

/** alpha a' b' (+ bias): [M, K] x [K, N] -> [M, N]. */
export function gemm(
  a: Tensor,
  b: Tensor,
  { bias, ...options }: MatmulOptions & { bias?: Tensor } = {},
): Tensor {
  return a.graph.apply(gemmOp, bias === undefined ? [a, b] : [a, b, bias], { ...PLAIN, ...options })[0]!;
}

/** alpha A' B' over equal leading (batch) axes. */
export const matmulOp: Op<MatmulParams> = {
  name: 'matmul',
  infer: (inputs, params) => {
    const [a, b] = inputs;
    const batch = a!.shape.slice(0, -2);
    if (batch.length === 0 || batch.join() !== b!.shape.slice(0, -2).join()) {
      throw graphError('matmul', 'batch axes must be equal and at least one', inputs);
    }
    return [{ dtype: a!.dtype, shape: [...batch, ...productShape('matmul', inputs, params)] }];
  },
  lower: (emit, { inputs, inputTypes, outputTypes, params }) => {
    const { transposeA, transposeB, alpha } = params;
    if (!transposeA && !transposeB && alpha === 1) return emit.node('MatMul', inputs);
    if (emit.provider === 'cpu') {
      const attributes = { transA: Number(transposeA), transB: Number(transposeB), alpha: { float: alpha } };
      return emit.node('FusedMatMul', inputs, { domain: 'com.microsoft', attributes });
    }
    const flip = (name: string, { shape }: ValueType): string =>
      emit.node('Transpose', [name], { attributes: { perm: lastTwoSwapped(shape) } })[0]!;
    const a = transposeA ? flip(inputs[0]!, inputTypes[0]!) : inputs[0]!;
    const b = transposeB ? flip(inputs[1]!, inputTypes[1]!) : inputs[1]!;
    const product = emit.node('MatMul', [a, b]);
    return alpha === 1 ? product : scaled(emit, product[0]!, alpha, outputTypes[0]!);
  },
  vjp: {
    uses: 'inputs',
    rule: ({ cotangents: [g], inputs, params, wanted }) =>
      factorGradients(matmul, g!, inputs, params, wanted),
  },
  reference: (inputs, params) => {
    const [a, b] = inputs;
    const [out] = matmulOp.infer(inputs, params).map((t) => dense(t.dtype, t.shape));
    const [m, n] = out!.shape.slice(-2) as [number, number];
    const part = (x: Dense, i: number): Dense => {
      const shape = x.shape.slice(-2);
      const size = shape[0]! * shape[1]!;
      return { dtype: x.dtype, shape, data: x.data.subarray(i * size, (i + 1) * size) };
    };
    for (let i = 0; i * m * n < out!.data.length; i++) {
      out!.data.set(multiply(part(a!, i), part(b!, i), m, n, params), i * m * n);
    }
    return [out!];
  },
};

/** alpha a' b' for each matrix of the leading axes: [..., M, K] x [..., K, N] -> [..., M, N]. */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  return a.graph.apply(matmulOp, [a, b], { ...PLAIN, ...options })[0]!;
}

function lastTwoSwapped(shape: Shape): number[] {
  const perm = shape.map((_, i) => i);
  perm.push(...perm.splice(-2).reverse());
  return perm;
}

function scaled(emit: Emitter, name: string, factor: number, { dtype }: ValueType): string[] {
  return emit.node('Mul', [name, emit.constant(dtype, [], [factor])]);
}
