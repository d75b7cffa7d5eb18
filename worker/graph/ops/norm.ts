/** Layer normalisation (Ba et al. 2016) and RMSNorm (Zhang and Sennrich 2019) over the last axis. */
import {
  type Dense,
  graphError,
  type Op,
  sizeOf,
  type Tensor,
  type ValueType,
  type VjpArgs,
} from '../tensor.ts';
import { add, mul, scale, sub } from './elementwise.ts';
import { gemm } from './matmul.ts';
import { dense, rows } from './reference.ts';
import { reshape, unbroadcast } from './shape.ts';

interface NormParams {
  readonly epsilon: number;
}

function checkNorm(name: string, inputs: readonly ValueType[]): void {
  const width = inputs[0]!.shape.at(-1);
  for (const parameter of inputs.slice(1)) {
    if (parameter.shape.length !== 1 || parameter.shape[0] !== width) {
      throw graphError(name, `weight and bias must be [${width ?? 'width'}]`, inputs);
    }
  }
}

function statistics(x: ValueType): ValueType {
  return { dtype: x.dtype, shape: [...x.shape.slice(0, -1), 1] };
}

/** Outputs: y, and mean and 1/std of each row, which the gradient uses again. */
export const layerNormOp: Op<NormParams> = {
  name: 'layerNorm',
  infer: (inputs) => {
    checkNorm('layerNorm', inputs);
    const [x] = inputs;
    return [{ dtype: x!.dtype, shape: x!.shape }, statistics(x!), statistics(x!)];
  },
  lower: (emit, { inputs, params: { epsilon } }) =>
    emit.node('LayerNormalization', inputs, {
      attributes: { axis: -1, epsilon: { float: epsilon } },
      outputs: 3,
    }),
  vjp: { uses: 'both', rule: (args) => normGradient(args, args.outputs[1], args.outputs[2]!) },
  reference: (inputs, { epsilon }) => referenceNorm(inputs, epsilon, true),
};

/** x normalised to mean 0 and variance 1 over the last axis, times weight, plus bias: [..., C]. */
export function layerNorm(x: Tensor, weight: Tensor, bias: Tensor | undefined, epsilon: number): Tensor {
  return x.graph.apply(layerNormOp, bias === undefined ? [x, weight] : [x, weight, bias], { epsilon })[0]!;
}

/** Outputs: y, and 1/rms of each row. */
export const rmsNormOp: Op<NormParams> = {
  name: 'rmsNorm',
  infer: (inputs) => {
    checkNorm('rmsNorm', inputs);
    const [x] = inputs;
    return [{ dtype: x!.dtype, shape: x!.shape }, statistics(x!)];
  },
  lower: (emit, { inputs: [x, weight], inputTypes: [type], params: { epsilon } }) => {
    const square = emit.node('Mul', [x!, x!])[0]!;
    const axis = emit.constant('int64', [1], [-1]);
    const mean = emit.node('ReduceMean', [square, axis], { attributes: { keepdims: 1 } })[0]!;
    const shifted = emit.node('Add', [mean, emit.constant(type!.dtype, [], [epsilon])])[0]!;
    const inverse = emit.node('Reciprocal', emit.node('Sqrt', [shifted]))[0]!;
    const normal = emit.node('Mul', [x!, inverse])[0]!;
    return [emit.node('Mul', [normal, weight!])[0]!, inverse];
  },
  vjp: { uses: 'both', rule: (args) => normGradient(args, undefined, args.outputs[1]!) },
  reference: (inputs, { epsilon }) => referenceNorm(inputs, epsilon, false),
};

/** x over its root mean square, times weight: [..., C]. */
export function rmsNorm(x: Tensor, weight: Tensor, epsilon: number): Tensor {
  return x.graph.apply(rmsNormOp, [x, weight], { epsilon })[0]!;
}

/**
 * With h = g * weight, n = (x - mean) / std and the row means A = mean(h), P = mean(h x):
 * dx = (h - A - n mean(h n)) / std, and mean(h n) = (P - mean A) / std. Sums over a row or a column are products
 * with a vector, and n is never made: six passes over [N, C] where the textbook form takes twelve.
 * RMSNorm is the same with a mean of zero and no A.
 */
function normGradient(
  { cotangents: [g], inputs: [x, weight], inputTypes, wanted }: VjpArgs<NormParams>,
  mean: Tensor | undefined,
  inverse: Tensor,
): (Tensor | undefined)[] {
  const width = weight!.shape[0]!;
  const count = sizeOf(x!.shape) / width;
  const rows = (t: Tensor): Tensor => reshape(t, [count, t.shape.at(-1)!]);
  const [dy, values, inv, mu] = [rows(g!), rows(x!), rows(inverse), mean && rows(mean)]; // [N, C], [N, C], [N, 1], [N, 1]
  const product = mul(dy, values);
  const dx = (): Tensor => {
    const perRow = reshape(scale(weight!, 1 / width), [width, 1]);
    const [A, P] = [gemm(dy, perRow), gemm(product, perRow)]; // [N, 1]
    const slope = mul(mul(inv, inv), mu === undefined ? P : sub(P, mul(mu, A)));
    const along = mul(values, slope);
    const tilted = sub(mul(dy, weight!), mu === undefined ? along : add(along, sub(A, mul(mu, slope))));
    return reshape(mul(tilted, inv), x!.shape);
  };
  const overRows = (weights: Tensor, t: Tensor): Tensor => gemm(weights, t, { transposeA: true }); // [1, C]
  const dWeight = (): Tensor => {
    const raw = overRows(inv, product);
    return reshape(mu === undefined ? raw : sub(raw, overRows(mul(inv, mu), dy)), inputTypes[1]!.shape);
  };
  const result: (Tensor | undefined)[] = [wanted[0] ? dx() : undefined, wanted[1] ? dWeight() : undefined];
  if (inputTypes.length > 2) result.push(wanted[2] ? unbroadcast(g!, inputTypes[2]!.shape) : undefined);
  return result;
}

function referenceNorm([x, weight, bias]: readonly Dense[], epsilon: number, centre: boolean): Dense[] {
  const y = dense(x!.dtype, x!.shape);
  const means = dense(x!.dtype, statistics(x!).shape);
  const inverses = dense(x!.dtype, statistics(x!).shape);
  const n = x!.shape.at(-1)!;
  rows(x!, (row, r) => {
    const mean = centre ? row.reduce((a, b) => a + b, 0) / n : 0;
    const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n;
    const inverse = 1 / Math.sqrt(variance + epsilon);
    means.data[r] = mean;
    inverses.data[r] = inverse;
    row.forEach(
      (v, i) => (y.data[r * n + i] = (v - mean) * inverse * weight!.data[i]! + (bias?.data[i] ?? 0)),
    );
  });
  return centre ? [y, means, inverses] : [y, inverses];
}
