/** Softmax over the last axis, and the cross-entropy that is taken from it. */
import { type Dense, type Emitter, graphError, ONNX_TYPE, type Op, type Tensor } from '../tensor.ts';
import { mul, sub } from './elementwise.ts';
import { dense, rows } from './reference.ts';
import { reduceSum } from './reduce.ts';
import { reshape } from './shape.ts';

type None = Readonly<Record<string, never>>;

function softmaxRows(x: Dense): Dense {
  const out = dense(x.dtype, x.shape);
  const n = x.shape.at(-1)!;
  rows(x, (row, r) => {
    const top = Math.max(...row);
    const powers = row.map((v) => Math.exp(v - top));
    const total = powers.reduce((a, b) => a + b, 0);
    out.data.set(
      powers.map((v) => v / total),
      r * n,
    );
  });
  return out;
}

export const softmaxOp: Op<None> = {
  name: 'softmax',
  infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
  lower: (emit, { inputs }) => emit.node('Softmax', inputs, { attributes: { axis: -1 } }),
  vjp: {
    uses: 'outputs',
    rule: ({ cotangents: [g], outputs: [y] }) => {
      const gy = mul(g!, y!);
      return [sub(gy, mul(y!, reduceSum(gy, [y!.shape.length - 1])))];
    },
  },
  reference: ([x]) => [softmaxRows(x!)],
};

/** exp(x) / sum(exp(x)) over the last axis. */
export function softmax(x: Tensor): Tensor {
  return x.graph.apply(softmaxOp, [x], {})[0]!;
}

/** [N] as a column, [N, 1]. */
function columnOf(emit: Emitter, values: string, n: number): string {
  return emit.node('Reshape', [values, emit.constant('int64', [2], [n, 1])])[0]!;
}

/** [N, V] with a one in each row, for providers that scatter and gather by element badly or not at all. */
function oneHot(emit: Emitter, ids: string, [n, v]: readonly [number, number]): string {
  const columns = emit.constant(
    'int32',
    [1, v],
    Array.from({ length: v }, (_, i) => i),
  );
  return emit.node('Cast', emit.node('Equal', [columns, columnOf(emit, ids, n)]), {
    attributes: { to: ONNX_TYPE.float32 },
  })[0]!;
}

/**
 * Inputs: probabilities [N, V], ids [N], and the losses [N] that were taken from the probabilities. Those give
 * nothing but order: once the loss has read the probabilities, one buffer of [N, V] can hold both.
 */
export const subtractOneHotOp: Op<None> = {
  name: 'subtractOneHot',
  infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
  lower: (emit, { inputs: [x, ids, losses], inputTypes: [type] }) => {
    const [n, v] = type!.shape as [number, number];
    if (emit.provider !== 'cpu') return emit.node('Sub', [x!, oneHot(emit, ids!, [n, v])]);
    const minusOnes = emit.node('Sub', [
      emit.node('Mul', [losses!, emit.constant(type!.dtype, [], [0])])[0]!,
      emit.constant(type!.dtype, [], [1]),
    ])[0]!;
    // ScatterElements works in place where nothing reads x later; ScatterND would copy all of x first
    return emit.node('ScatterElements', [x!, columnOf(emit, ids!, n), columnOf(emit, minusOnes, n)], {
      attributes: { axis: 1, reduction: 'add' },
    });
  },
  vjp: 'none',
  reference: ([x, ids]) => {
    const data = x!.data.slice();
    const width = x!.shape[1]!;
    ids!.data.forEach((id, r) => (data[r * width + id]! -= 1));
    return [{ dtype: x!.dtype, shape: x!.shape, data }];
  },
};

/**
 * Outputs: the loss of each row, [N], and the probabilities, [N, V]. The log-sum-exp is taken as
 * max(x) - log(max(p)), which is exact where a direct log(p) would underflow.
 */
export const crossEntropyOp: Op<None> = {
  name: 'crossEntropy',
  infer: (inputs) => {
    const [logits, targets] = inputs;
    if (logits!.shape.length !== 2 || targets!.shape.length !== 1 || targets!.shape[0] !== logits!.shape[0]) {
      throw graphError('crossEntropy', 'expected logits [N, V] and targets [N]', inputs);
    }
    if (targets!.dtype !== 'int32') throw graphError('crossEntropy', 'targets must be int32', inputs);
    return [
      { dtype: logits!.dtype, shape: [logits!.shape[0]!] },
      { dtype: logits!.dtype, shape: logits!.shape },
    ];
  },
  lower: (emit, { inputs: [logits, targets], inputTypes: [type] }) => {
    const [n, v] = type!.shape as [number, number];
    const one = (op: string, names: string[], attributes = {}): string =>
      emit.node(op, names, { attributes })[0]!;
    const probabilities = one('Softmax', [logits!], { axis: -1 });
    const lastAxis = emit.constant('int64', [1], [1]);
    const top = one('ReduceMax', [logits!, lastAxis], { keepdims: 0 });
    const topProbability = one('ReduceMax', [probabilities, lastAxis], { keepdims: 0 });
    const logSumExp = one('Sub', [top, one('Log', [topProbability])]);
    const picked =
      emit.provider === 'cpu'
        ? one('Reshape', [
            one('GatherElements', [logits!, columnOf(emit, targets!, n)], { axis: 1 }),
            emit.constant('int64', [1], [n]),
          ])
        : one('ReduceSum', [one('Mul', [logits!, oneHot(emit, targets!, [n, v])]), lastAxis], {
            keepdims: 0,
          });
    return [one('Sub', [logSumExp, picked]), probabilities];
  },
  vjp: {
    uses: 'both',
    rule: ({ cotangents: [g], inputs: [, targets], outputs: [losses, probabilities] }) => {
      const error = probabilities!.graph.apply(subtractOneHotOp, [probabilities!, targets!, losses!], {})[0]!;
      return [mul(error, reshape(g!, [g!.shape[0]!, 1])), undefined];
    },
  },
  reference: ([logits, targets]) => {
    const loss = dense(logits!.dtype, [logits!.shape[0]!]);
    rows(logits!, (row, r) => {
      const top = Math.max(...row);
      loss.data[r] =
        top + Math.log(row.reduce((sum, v) => sum + Math.exp(v - top), 0)) - row[targets!.data[r]!]!;
    });
    return [loss, softmaxRows(logits!)];
  },
};

/** -log softmax(logits)[targets] by row: logits [N, V], targets int32 [N] in 0..V-1 -> [N]. */
export function crossEntropy(logits: Tensor, targets: Tensor): Tensor {
  return logits.graph.apply(crossEntropyOp, [logits, targets], {})[0]!;
}
