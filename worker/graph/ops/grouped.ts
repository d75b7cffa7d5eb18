/** Products of groups of rows, each with a matrix of its own: the linear layers of experts ("grouped GEMM"). */
import { type Dense, type Emitter, graphError, ONNX_TYPE, type Op, type Tensor } from '../tensor.ts';
import { gemmOp } from './matmul.ts';
import { dense } from './reference.ts';

interface GroupedParams {
  readonly transposeB: boolean;
  readonly alpha: number;
}

/** The rows of each group, as many as `counts` says: the number of groups is fixed, that of rows is not. */
export function emitGroups(emit: Emitter, x: string, counts: string, groups: number): string[] {
  const sizes = emit.node('Cast', [counts], { attributes: { to: ONNX_TYPE.int64 } })[0]!;
  return emit.node('Split', [x, sizes], { attributes: { axis: 0 }, outputs: groups });
}

/** The same on the host. */
export function groupsOf(x: Dense, counts: Dense): Dense[] {
  const [, width] = x.shape as [number, number];
  let at = 0;
  return Array.from(counts.data, (count) => {
    const data = x.data.subarray(at * width, (at += count) * width);
    return { dtype: x.dtype, shape: [count, width], data };
  });
}

/** The rows of all groups, one group after the other. */
export function joined(parts: readonly Dense[]): Dense {
  const [{ dtype, shape }] = parts as [Dense];
  const rows = parts.reduce((sum, part) => sum + part.shape[0]!, 0);
  const out = dense(dtype, [rows, shape[1]!]);
  let at = 0;
  for (const { data } of parts) {
    out.data.set(data, at);
    at += data.length;
  }
  return out;
}

export const groupedGemmOp: Op<GroupedParams> = {
  name: 'groupedGemm',
  infer: (inputs, { transposeB }) => {
    const [x, counts, ...weights] = inputs;
    const [first] = weights;
    const fits =
      x!.shape.length === 2 &&
      counts!.dtype === 'int32' &&
      counts!.shape.join() === `${weights.length}` &&
      weights.every(({ shape }) => shape.join() === first?.shape.join()) &&
      first?.shape[transposeB ? 1 : 0] === x!.shape[1];
    if (!fits) throw graphError('groupedGemm', 'expected rows [R, C], counts int32 [E], E matrices', inputs);
    return [{ dtype: x!.dtype, shape: [x!.shape[0]!, first!.shape[transposeB ? 0 : 1]!] }];
  },
  lower: (emit, { inputs: [x, counts, ...weights], params: { transposeB, alpha } }) => {
    const attributes = { transB: Number(transposeB), alpha: { float: alpha } };
    const parts = emitGroups(emit, x!, counts!, weights.length);
    const products = parts.map((part, e) => emit.node('Gemm', [part, weights[e]!], { attributes })[0]!);
    return emit.node('Concat', products, { attributes: { axis: 0 } });
  },
  vjp: {
    uses: 'inputs',
    rule: ({ cotangents: [g], inputs: [x, counts, ...weights], params: { transposeB, alpha }, wanted }) => {
      const dx = (): Tensor => groupedGemm(g!, counts!, weights, { transposeB: !transposeB, alpha });
      const [a, b] = transposeB ? [g!, x!] : [x!, g!];
      const dw = wanted.slice(2).some(Boolean)
        ? g!.graph.apply(groupedOuterOp, [a, b, counts!], { alpha })
        : weights.map(() => undefined);
      return [wanted[0] ? dx() : undefined, undefined, ...dw];
    },
  },
  reference: ([x, counts, ...weights], { transposeB, alpha }) => {
    const params = { transposeA: false, transposeB, alpha };
    return [
      joined(groupsOf(x!, counts!).map((part, e) => gemmOp.reference([part, weights[e]!], params)[0]!)),
    ];
  },
};

/** alpha A^T B of each group's rows: [R, M], [R, N], counts int32 [E] -> E times [M, N], zero for a group without rows. */
export const groupedOuterOp: Op<{ readonly alpha: number }> = {
  name: 'groupedOuter',
  infer: ([a, b, counts]) =>
    Array.from({ length: counts!.shape[0]! }, () => ({
      dtype: a!.dtype,
      shape: [a!.shape[1]!, b!.shape[1]!],
    })),
  lower: (emit, { inputs: [a, b, counts], outputTypes, params: { alpha } }) => {
    const attributes = { transA: 1, alpha: { float: alpha } };
    const [left, right] = [a!, b!].map((x) => emitGroups(emit, x, counts!, outputTypes.length));
    return left!.map((part, e) => emit.node('Gemm', [part, right![e]!], { attributes })[0]!);
  },
  vjp: 'none',
  reference: ([a, b, counts], { alpha }) => {
    const right = groupsOf(b!, counts!);
    const params = { transposeA: true, transposeB: false, alpha };
    return groupsOf(a!, counts!).map((part, e) => gemmOp.reference([part, right[e]!], params)[0]!);
  },
};

/**
 * alpha x W_e' for the rows of each group e, which follow one another: x [R, C], counts int32 [E] whose sum is R, E matrices
 * [C, F], or with `transposeB` [F, C] -> [R, F].
 */
export function groupedGemm(
  x: Tensor,
  counts: Tensor,
  weights: readonly Tensor[],
  { transposeB = false, alpha = 1 }: Partial<GroupedParams> = {},
): Tensor {
  return x.graph.apply(groupedGemmOp, [x, counts, ...weights], { transposeB, alpha })[0]!;
}
