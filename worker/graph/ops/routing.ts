/** Choosing the largest of a row, and bringing rows of one kind together: what sends tokens to experts. */
import { graphError, ONNX_TYPE, type Emitter, type Op, type Tensor } from '../tensor.ts';
import { dense, rows } from './reference.ts';
import { emitFirstTop } from './reduce.ts';

type None = Readonly<Record<string, never>>;

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** float32 [..., n]: one in the place that an int32 id [..., 1] names. */
function emitOneHot(emit: Emitter, column: string, n: number): string {
  const equal = emit.node('Equal', [column, emit.constant('int32', [n], upTo(n))]);
  return emit.node('Cast', equal, { attributes: { to: ONNX_TYPE.float32 } })[0]!;
}

function emitReshape(emit: Emitter, x: string, shape: readonly number[]): string {
  return emit.node('Reshape', [x, emit.reshapeTo(shape)])[0]!;
}

function emitSum(emit: Emitter, x: string, axis: number): string {
  const attributes = { keepdims: 0 };
  return emit.node('ReduceSum', [x, emit.constant('int64', [1], [axis])], { attributes })[0]!;
}

function emitInt32(emit: Emitter, x: string): string {
  return emit.node('Cast', [x], { attributes: { to: ONNX_TYPE.int32 } })[0]!;
}

interface TopKParams {
  readonly k: number;
}

export const topKOp: Op<TopKParams> = {
  name: 'topK',
  infer: (inputs, { k }) => {
    const { shape, dtype } = inputs[0]!;
    if (shape.length !== 2 || !(k >= 1 && k <= shape[1]!)) {
      throw graphError('topK', `expected rows of ${k} or more, [N, V]`, inputs);
    }
    const out = [shape[0]!, k];
    return [
      { dtype, shape: out },
      { dtype: 'int32', shape: out },
    ];
  },
  lower: (emit, { inputs: [x], inputTypes: [type], params: { k } }) => {
    if (emit.provider === 'cpu') {
      const [values, ids] = emit.node('TopK', [x!, emit.constant('int64', [1], [k])], { outputs: 2 });
      return [values!, emitInt32(emit, ids!)];
    }
    // providers without TopK: the largest, then the largest without that one, and so on
    const [n, v] = type!.shape as [number, number];
    const lowest = emit.constant(type!.dtype, [], [-Infinity]);
    const values: string[] = [];
    const columns: string[] = [];
    for (let [round, left] = [0, x!]; round < k; round++) {
      const attributes = { keepdims: 1 };
      values.push(emit.node('ReduceMax', [left, emit.constant('int64', [1], [1])], { attributes })[0]!);
      const column = emitReshape(emit, emitInt32(emit, emitFirstTop(emit, left, type!)), [n, 1]);
      columns.push(column);
      const isTaken = emit.node('Equal', [column, emit.constant('int32', [v], upTo(v))])[0]!;
      left = emit.node('Where', [isTaken, lowest, left])[0]!;
    }
    const joined = (parts: string[]): string => emit.node('Concat', parts, { attributes: { axis: 1 } })[0]!;
    return [joined(values), joined(columns)];
  },
  vjp: {
    uses: 'outputs',
    rule: ({ cotangents: [g], outputs: [, ids], inputTypes: [type] }) => [
      g?.graph.apply(topKGradientOp, [g, ids!], { width: type!.shape[1]! })[0],
    ],
  },
  reference: ([x], { k }) => {
    const shape = [x!.shape[0]!, k];
    const [values, ids] = [dense(x!.dtype, shape), dense('int32', shape)];
    rows(x!, (row, r) => {
      const order = upTo(row.length).sort((a, b) => row[b]! - row[a]! || a - b);
      for (let i = 0; i < k; i++) {
        ids.data[r * k + i] = order[i]!;
        values.data[r * k + i] = row[order[i]!]!;
      }
    });
    return [values, ids];
  },
};

/** Each row's cotangents [N, k] at the columns int32 [N, k] that they came from: [N, V], zero elsewhere. */
export const topKGradientOp: Op<{ readonly width: number }> = {
  name: 'topKGradient',
  infer: ([g], { width }) => [{ dtype: g!.dtype, shape: [g!.shape[0]!, width] }],
  lower: (emit, { inputs: [g, ids], inputTypes: [type], params: { width } }) => {
    const column = [...type!.shape, 1];
    const places = emitOneHot(emit, emitReshape(emit, ids!, column), width); // [N, k, V]
    return [emitSum(emit, emit.node('Mul', [places, emitReshape(emit, g!, column)])[0]!, 1)];
  },
  vjp: 'none',
  reference: ([g, ids], { width }) => {
    const out = dense(g!.dtype, [g!.shape[0]!, width]);
    const k = g!.shape[1]!;
    ids!.data.forEach((id, i) => (out.data[Math.floor(i / k) * width + id]! += g!.data[i]!));
    return [out];
  },
};

/**
 * The k largest of each row, the largest first, of equal ones the first: [N, V] -> values [N, k], columns int32 [N, k].
 * Gradients go to the chosen ones.
 */
export function topK(x: Tensor, k: number): { values: Tensor; ids: Tensor } {
  const [values, ids] = x.graph.apply(topKOp, [x], { k });
  return { values: values!, ids: ids! };
}

interface GroupParams {
  readonly groups: number;
}

export const groupRowsOp: Op<GroupParams> = {
  name: 'groupRows',
  infer: (inputs, { groups }) => {
    const { shape, dtype } = inputs[0]!;
    if (shape.length !== 1 || dtype !== 'int32') throw graphError('groupRows', 'expected int32 [R]', inputs);
    return [
      { dtype, shape },
      { dtype, shape },
      { dtype, shape: [groups] },
    ];
  },
  lower: (emit, { inputs: [ids], inputTypes: [type], params: { groups } }) => {
    const [n] = type!.shape as [number];
    const member = emitOneHot(emit, emitReshape(emit, ids!, [n, 1]), groups); // [R, E]
    const first = emit.constant('int64', [], [0]);
    const upToRow = emit.node('CumSum', [member, first])[0]!; // [R, E], the row itself among them
    const counts = emitSum(emit, member, 0); // [E]
    const before = emit.node('CumSum', [counts, first], { attributes: { exclusive: 1 } })[0]!; // [E]
    const places = emit.node('Add', [
      emit.node('Sub', [upToRow, emit.constant('float32', [], [1])])[0]!,
      before,
    ]);
    const place = emitInt32(emit, emitSum(emit, emit.node('Mul', [member, places[0]!])[0]!, 1)); // [R]
    return [emitInverse(emit, place, n), place, emitInt32(emit, counts)];
  },
  vjp: 'zero',
  reference: ([ids], { groups }) => {
    const [order, place, counts] = [
      dense('int32', ids!.shape),
      dense('int32', ids!.shape),
      dense('int32', [groups]),
    ];
    const sorted = upTo(ids!.data.length).sort((a, b) => ids!.data[a]! - ids!.data[b]! || a - b);
    sorted.forEach((row, at) => {
      order.data[at] = row;
      place.data[row] = at;
      counts.data[ids!.data[row]!]! += 1;
    });
    return [order, place, counts];
  },
};

/** The permutation that undoes one. */
function emitInverse(emit: Emitter, permutation: string, n: number): string {
  const own = emit.range(n); // every place of it is overwritten
  if (emit.provider === 'cpu') return emit.node('ScatterElements', [own, permutation, own])[0]!;
  const wide = emit.node('Cast', [emitReshape(emit, permutation, [n, 1])], {
    attributes: { to: ONNX_TYPE.int64 },
  });
  return emit.node('ScatterND', [own, wide[0]!, own])[0]!;
}

/** Rows sorted by their group, in each group as they were. */
export interface RowGroups {
  /** int32 [R]: which row comes at each place. */
  readonly order: Tensor;
  /** int32 [R]: at which place each row comes. */
  readonly place: Tensor;
  /** int32 [E]: rows of each group. */
  readonly counts: Tensor;
}

/** Brings rows of one group together: int32 [R] in 0..E-1. */
export function groupRows(ids: Tensor, groups: number): RowGroups {
  const [order, place, counts] = ids.graph.apply(groupRowsOp, [ids], { groups });
  return { order: order!, place: place!, counts: counts! };
}

export const permuteRowsOp: Op<None> = {
  name: 'permuteRows',
  infer: (inputs) => {
    const [x, order, place] = inputs;
    const fits =
      x!.shape.length === 2 && [order!, place!].every(({ shape }) => shape.join() === `${x!.shape[0]!}`);
    if (!fits) throw graphError('permuteRows', 'expected rows [R, C], and two int32 [R]', inputs);
    return [{ dtype: x!.dtype, shape: x!.shape }];
  },
  lower: (emit, { inputs: [x, order] }) => emit.node('Gather', [x!, order!], { attributes: { axis: 0 } }),
  vjp: {
    uses: 'inputs',
    // the way back is a look-up too: nothing is added up, as it were for rows that may come twice
    rule: ({ cotangents: [g], inputs: [, order, place] }) => [
      permuteRows(g!, place!, order!),
      undefined,
      undefined,
    ],
  },
  reference: ([x, order]) => {
    const [, width] = x!.shape as [number, number];
    const out = dense(x!.dtype, x!.shape);
    order!.data.forEach((row, at) =>
      out.data.set(x!.data.subarray(row * width, (row + 1) * width), at * width),
    );
    return [out];
  },
};

/** Rows in another order: row `order[i]` of x [R, C] comes at i; `place` is the order that undoes it. */
export function permuteRows(x: Tensor, order: Tensor, place: Tensor): Tensor {
  return x.graph.apply(permuteRowsOp, [x, order, place], {})[0]!;
}
