/** Ops that move values without computing: constants, reshape, transpose, expand, slice, split, concat. */
import {
  axisOf,
  broadcastShapes,
  type Dense,
  type DType,
  graphError,
  type Graph,
  type Op,
  sameShape,
  type Shape,
  sizeOf,
  type Tensor,
} from '../tensor.ts';
import { reduceSum } from './reduce.ts';
import { dense, stridesOf, walk } from './reference.ts';

export interface ConstantParams {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: ArrayLike<number>;
}

export const constantOp: Op<ConstantParams> = {
  name: 'constant',
  infer: (_, { dtype, shape }) => [{ dtype, shape }],
  lower: (emit, { params }) => [emit.constant(params.dtype, params.shape, params.data)],
  vjp: 'zero',
  reference: (_, { dtype, shape, data }) => [{ dtype, shape, data: Float64Array.from(data) }],
};

/** A value known at build time. */
export function constant(graph: Graph, dtype: DType, shape: Shape, data: ArrayLike<number>): Tensor {
  return graph.apply(constantOp, [], { dtype, shape, data })[0]!;
}

/** A rank-0 constant. */
export function scalar(graph: Graph, value: number, dtype: DType = 'float32'): Tensor {
  return constant(graph, dtype, [], [value]);
}

export const zerosOp: Op<{ readonly shape: Shape; readonly dtype: DType }> = {
  name: 'zeros',
  infer: (_, { shape, dtype }) => [{ dtype, shape }],
  lower: (emit, { params: { shape, dtype } }) =>
    emit.node('Expand', [emit.constant(dtype, [], [0]), emit.sizes(shape)]),
  vjp: 'zero',
  reference: (_, { shape, dtype }) => [dense(dtype, shape)],
};

/** Zeros without storing them in the model. */
export function zeros(graph: Graph, shape: Shape, dtype: DType = 'float32'): Tensor {
  return graph.apply(zerosOp, [], { shape, dtype })[0]!;
}

export const iotaOp: Op<{ readonly count: number }> = {
  name: 'iota',
  infer: (_, { count }) => [{ dtype: 'int32', shape: [count] }],
  lower: (emit, { params }) => [emit.range(params.count)],
  vjp: 'zero',
  reference: (_, { count }) => [
    { dtype: 'int32', shape: [count], data: Float64Array.from({ length: count }, (_, i) => i) },
  ],
};

/** int32 [count]: 0, 1, ... count - 1. */
export function iota(graph: Graph, count: number): Tensor {
  return graph.apply(iotaOp, [], { count })[0]!;
}

export const reshapeOp: Op<{ readonly shape: Shape }> = {
  name: 'reshape',
  infer: (inputs, { shape }) => {
    const [x] = inputs;
    if (sizeOf(x!.shape) !== sizeOf(shape)) {
      throw graphError('reshape', `cannot become [${shape.join(', ')}]: sizes differ`, inputs);
    }
    return [{ dtype: x!.dtype, shape }];
  },
  lower: (emit, { inputs, params }) => emit.node('Reshape', [inputs[0]!, emit.reshapeTo(params.shape)]),
  vjp: {
    uses: 'nothing',
    rule: ({ cotangents, inputTypes }) => [reshape(cotangents[0]!, inputTypes[0]!.shape)],
  },
  reference: ([x], { shape }) => [{ dtype: x!.dtype, shape, data: x!.data }],
};

/** The same values under another shape of equal size. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  return x.graph.apply(reshapeOp, [x], { shape })[0]!;
}

export const transposeOp: Op<{ readonly perm: readonly number[] }> = {
  name: 'transpose',
  infer: (inputs, { perm }) => {
    const { shape, dtype } = inputs[0]!;
    if (perm.length !== shape.length || new Set(perm).size !== perm.length) {
      throw graphError('transpose', `perm [${perm.join(', ')}] does not order rank ${shape.length}`, inputs);
    }
    return [{ dtype, shape: perm.map((p) => shape[p]!) }];
  },
  lower: (emit, { inputs, params }) => emit.node('Transpose', inputs, { attributes: { perm: params.perm } }),
  vjp: {
    uses: 'nothing',
    rule: ({ cotangents, params: { perm } }) => [
      transpose(
        cotangents[0]!,
        perm.map((_, i) => perm.indexOf(i)),
      ),
    ],
  },
  reference: ([x], { perm }) => {
    const out = dense(
      x!.dtype,
      perm.map((p) => x!.shape[p]!),
    );
    const strides = stridesOf(x!.shape);
    walk(out.shape, (index, flat) => {
      out.data[flat] = x!.data[perm.reduce((at, p, i) => at + index[i]! * strides[p]!, 0)]!;
    });
    return [out];
  },
};

/** Reorders axes: output axis i is input axis perm[i]. */
export function transpose(x: Tensor, perm: readonly number[]): Tensor {
  return x.graph.apply(transposeOp, [x], { perm })[0]!;
}

export const expandOp: Op<{ readonly shape: Shape }> = {
  name: 'expand',
  infer: (inputs, { shape }) => {
    const joint = broadcastShapes(inputs[0]!.shape, shape);
    if (joint === undefined || !sameShape(joint, shape)) {
      throw graphError('expand', `does not broadcast to [${shape.join(', ')}]`, inputs);
    }
    return [{ dtype: inputs[0]!.dtype, shape }];
  },
  lower: (emit, { inputs, params }) => emit.node('Expand', [inputs[0]!, emit.sizes(params.shape)]),
  vjp: {
    uses: 'nothing',
    rule: ({ cotangents, inputTypes }) => [unbroadcast(cotangents[0]!, inputTypes[0]!.shape)],
  },
  reference: ([x], { shape }) => [expandDense(x!, shape)],
};

/** Repeats x along broadcast axes. */
export function expand(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  return x.graph.apply(expandOp, [x], { shape })[0]!;
}

export function expandDense(x: Dense, shape: Shape): Dense {
  const out = dense(x.dtype, shape);
  const strides = stridesOf(x.shape);
  const offset = shape.length - x.shape.length;
  walk(shape, (index, flat) => {
    let at = 0;
    for (let i = 0; i < x.shape.length; i++) if (x.shape[i] !== 1) at += index[i + offset]! * strides[i]!;
    out.data[flat] = x.data[at]!;
  });
  return out;
}

/** The inverse of broadcasting: sums x down to `shape`. Every gradient of a broadcasting op goes through it. */
export function unbroadcast(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const extra = x.shape.length - shape.length;
  const axes = x.shape.flatMap((d, i) => (i < extra || (shape[i - extra] === 1 && d !== 1) ? [i] : []));
  return reshape(reduceSum(x, axes), shape);
}

interface SliceParams {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
}

export const sliceOp: Op<SliceParams> = {
  name: 'slice',
  infer: (inputs, { axis, start, end }) => {
    const { shape, dtype } = inputs[0]!;
    if (!(axis >= 0 && axis < shape.length && start >= 0 && start < end && end <= shape[axis]!)) {
      throw graphError('slice', `no range ${start}..${end} on axis ${axis}`, inputs);
    }
    return [{ dtype, shape: shape.map((d, i) => (i === axis ? end - start : d)) }];
  },
  lower: (emit, { inputs, params: { axis, start, end } }) => {
    const axes = emit.constant('int64', [1], [axis]);
    return emit.node('Slice', [inputs[0]!, emit.sizes([start]), emit.sizes([end]), axes]);
  },
  vjp: {
    uses: 'nothing',
    rule: ({ cotangents, inputTypes, params: { axis, start, end } }) => {
      const [g] = cotangents;
      const { shape, dtype } = inputTypes[0]!;
      const pad = (n: number): Tensor[] =>
        n === 0
          ? []
          : [
              zeros(
                g!.graph,
                shape.map((d, i) => (i === axis ? n : d)),
                dtype,
              ),
            ];
      return [concat([...pad(start), g!, ...pad(shape[axis]! - end)], axis)];
    },
  },
  reference: ([x], { axis, start, end }) => {
    const out = dense(
      x!.dtype,
      x!.shape.map((d, i) => (i === axis ? end - start : d)),
    );
    const strides = stridesOf(x!.shape);
    walk(out.shape, (index, flat) => {
      out.data[flat] =
        x!.data[index.reduce((at, n, i) => at + (i === axis ? n + start : n) * strides[i]!, 0)]!;
    });
    return [out];
  },
};

/** x[start..end) along an axis. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  const at = axisOf(axis, x.shape.length);
  if (start === 0 && end === x.shape[at]) return x;
  return x.graph.apply(sliceOp, [x], { axis: at, start, end })[0]!;
}

interface SplitParams {
  readonly axis: number;
  readonly sizes: readonly number[];
}

export const splitOp: Op<SplitParams> = {
  name: 'split',
  infer: (inputs, { axis, sizes }) => {
    const { shape, dtype } = inputs[0]!;
    if (sizes.reduce((a, b) => a + b, 0) !== shape[axis]) {
      throw graphError('split', `sizes ${sizes.join('+')} do not add up to axis ${axis}`, inputs);
    }
    return sizes.map((n) => ({ dtype, shape: shape.map((d, i) => (i === axis ? n : d)) }));
  },
  lower: (emit, { inputs, params: { axis, sizes } }) =>
    emit.node('Split', [inputs[0]!, emit.sizes(sizes)], {
      attributes: { axis },
      outputs: sizes.length,
    }),
  vjp: {
    uses: 'nothing',
    rule: ({ cotangents, outputTypes, params: { axis } }) => {
      const graph = cotangents.find((g) => g !== undefined)!.graph;
      return [
        concat(
          cotangents.map((g, i) => g ?? zeros(graph, outputTypes[i]!.shape, outputTypes[i]!.dtype)),
          axis,
        ),
      ];
    },
  },
  reference: ([x], { axis, sizes }) => {
    let start = 0;
    return sizes.map((n) => sliceOp.reference([x!], { axis, start, end: (start += n) })[0]!);
  },
};

/** Cuts x along an axis into parts of the given sizes. */
export function split(x: Tensor, axis: number, sizes: readonly number[]): Tensor[] {
  return x.graph.apply(splitOp, [x], { axis: axisOf(axis, x.shape.length), sizes });
}

export const concatOp: Op<{ readonly axis: number }> = {
  name: 'concat',
  infer: (inputs, { axis }) => {
    const { shape, dtype } = inputs[0]!;
    const fits = inputs.every(
      (x) =>
        x.dtype === dtype &&
        x.shape.length === shape.length &&
        x.shape.every((d, i) => i === axis || d === shape[i]),
    );
    if (!fits) throw graphError('concat', `shapes differ beside axis ${axis}`, inputs);
    return [
      {
        dtype,
        shape: shape.map((d, i) => (i === axis ? inputs.reduce((n, x) => n + x.shape[axis]!, 0) : d)),
      },
    ];
  },
  lower: (emit, { inputs, params }) => emit.node('Concat', inputs, { attributes: { axis: params.axis } }),
  vjp: {
    uses: 'nothing',
    rule: ({ cotangents, inputTypes, params: { axis } }) =>
      split(
        cotangents[0]!,
        axis,
        inputTypes.map((t) => t.shape[axis]!),
      ),
  },
  reference: (inputs, { axis }) => {
    const [out] = concatOp.infer(inputs, { axis }).map((t) => dense(t.dtype, t.shape));
    const inner = sizeOf(out!.shape.slice(axis + 1));
    const outer = sizeOf(out!.shape.slice(0, axis));
    let at = 0;
    for (let o = 0; o < outer; o++) {
      for (const x of inputs) {
        const n = x.shape[axis]! * inner;
        out!.data.set(x.data.subarray(o * n, (o + 1) * n), at);
        at += n;
      }
    }
    return [out!];
  },
};

/** Joins tensors along an axis. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  if (parts.length === 1) return parts[0]!;
  return parts[0]!.graph.apply(concatOp, parts, { axis: axisOf(axis, parts[0]!.shape.length) })[0]!;
}
