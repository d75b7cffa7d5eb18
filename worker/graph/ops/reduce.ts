/** Reductions. */
import {
  type Dense,
  type Emitter,
  graphError,
  ONNX_TYPE,
  type Op,
  type Shape,
  type Tensor,
  type ValueType,
} from '../tensor.ts';
import { loweredInFloat32 } from './in-float32.ts';
import { dense, rows, stridesOf, walk } from './reference.ts';
import { expand, reshape } from './shape.ts';

interface ReduceParams {
  readonly axes: readonly number[];
}

/** Reduced axes stay as size 1. */
function keptShape(shape: Shape, axes: readonly number[]): number[] {
  return shape.map((d, i) => (axes.includes(i) ? 1 : d));
}

function sumOver(x: Dense, axes: readonly number[]): Dense {
  const out = dense(x.dtype, keptShape(x.shape, axes));
  const strides = stridesOf(out.shape);
  walk(x.shape, (index, flat) => {
    let at = 0;
    for (let i = 0; i < index.length; i++) if (!axes.includes(i)) at += index[i]! * strides[i]!;
    out.data[at]! += x.data[flat]!;
  });
  return out;
}

export const reduceSumOp: Op<ReduceParams> = {
  name: 'reduceSum',
  infer: (inputs, { axes }) => {
    const { shape, dtype } = inputs[0]!;
    if (axes.length === 0 || axes.some((a) => a < 0 || a >= shape.length)) {
      throw graphError('reduceSum', `no axes [${axes.join(', ')}]`, inputs);
    }
    return [{ dtype, shape: keptShape(shape, axes) }];
  },
  lower: (emit, args) =>
    loweredInFloat32(emit, args, ({ inputs: [x], params: { axes } }) =>
      emit.node('ReduceSum', [x!, emit.constant('int64', [axes.length], axes)], {
        attributes: { keepdims: 1 },
      }),
    ),
  vjp: {
    uses: 'nothing',
    rule: ({ cotangents, inputTypes }) => [expand(cotangents[0]!, inputTypes[0]!.shape)],
  },
  reference: ([x], { axes }) => [sumOver(x!, axes)],
};

/** Sum over axes, which stay as size 1. */
export function reduceSum(x: Tensor, axes: readonly number[]): Tensor {
  const real = axes.filter((a) => x.shape[a] !== 1);
  if (real.length === 0) return x;
  return x.graph.apply(reduceSumOp, [x], { axes: real })[0]!;
}

/** The sum of all elements, as a scalar. */
export function sumAll(x: Tensor): Tensor {
  return reshape(
    reduceSum(
      x,
      x.shape.map((_, i) => i),
    ),
    [],
  );
}

export const sumSquaresOp: Op<Readonly<Record<string, never>>> = {
  name: 'sumSquares',
  infer: ([x]) => [{ dtype: x!.dtype, shape: [] }],
  lower: (emit, { inputs }) => emit.node('ReduceSumSquare', inputs, { attributes: { keepdims: 0 } }),
  vjp: 'none',
  reference: ([x]) => [
    { dtype: x!.dtype, shape: [], data: Float64Array.of(x!.data.reduce((sum, v) => sum + v * v, 0)) },
  ],
};

/** The sum of the squares of all elements, as a scalar: what a gradient norm is made of. Not differentiable here. */
export function sumSquares(x: Tensor): Tensor {
  return x.graph.apply(sumSquaresOp, [x], {})[0]!;
}

function emitArgMax(emit: Emitter, x: string): string {
  return emit.node('ArgMax', [x], { attributes: { axis: -1, keepdims: 0 } })[0]!;
}

/** For providers without ArgMax: the smallest column, where those below the row's largest element count V more. */
export function emitFirstTop(emit: Emitter, x: string, { dtype, shape }: ValueType): string {
  const width = shape.at(-1)!;
  const lastAxis = emit.constant('int64', [1], [shape.length - 1]);
  const top = emit.node('ReduceMax', [x, lastAxis], { attributes: { keepdims: 1 } })[0]!;
  const below = emit.node('Cast', emit.node('Less', [x, top]), { attributes: { to: ONNX_TYPE[dtype] } })[0]!;
  const columns = emit.constant(
    dtype,
    [width],
    Array.from({ length: width }, (_, i) => i),
  );
  const penalty = emit.node('Mul', [below, emit.constant(dtype, [], [width])])[0]!;
  const places = emit.node('Add', [penalty, columns])[0]!;
  return emit.node('ReduceMin', [places, lastAxis], { attributes: { keepdims: 0 } })[0]!;
}

export const argMaxOp: Op<Readonly<Record<string, never>>> = {
  name: 'argMax',
  infer: ([x]) => [{ dtype: 'int32', shape: x!.shape.slice(0, -1) }],
  lower: (emit, { inputs: [x], inputTypes: [type] }) => {
    const found = emit.provider === 'cpu' ? emitArgMax(emit, x!) : emitFirstTop(emit, x!, type!);
    return emit.node('Cast', [found], { attributes: { to: ONNX_TYPE.int32 } });
  },
  vjp: 'zero',
  reference: ([x]) => {
    const out = dense('int32', x!.shape.slice(0, -1));
    rows(x!, (row, r) => (out.data[r] = row.indexOf(Math.max(...row))));
    return [out];
  },
};

/** Where the largest element of each row is, the first of them where several are: [..., V] -> int32 [...]. */
export function argMax(x: Tensor): Tensor {
  return x.graph.apply(argMaxOp, [x], {})[0]!;
}
