/** Layer normalisation (Ba et al. 2016) and RMSNorm (Zhang and Sennrich 2019) over the last axis. */
import { type Dense, graphError, type Op, type Tensor, type ValueType, type VjpArgs } from '../tensor.ts';
import { mul, sub } from './elementwise.ts';
import { dense, rows } from './reference.ts';
import { reduceMean } from './reduce.ts';
import { unbroadcast } from './shape.ts';

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
 * With n = (x - mean) / std and h = g * weight: dx = (h - mean(h) - n mean(h n)) / std; the mean terms of the
 * first kind are absent from RMSNorm, which does not centre.
 */
function normGradient(
  { cotangents: [g], inputs: [x, weight], inputTypes, wanted }: VjpArgs<NormParams>,
  mean: Tensor | undefined,
  inverse: Tensor,
): (Tensor | undefined)[] {
  const last = [x!.shape.length - 1];
  const normal = mul(mean === undefined ? x! : sub(x!, mean), inverse);
  const dx = (): Tensor => {
    const h = mul(g!, weight!);
    const along = mul(normal, reduceMean(mul(h, normal), last));
    const centred = mean === undefined ? h : sub(h, reduceMean(h, last));
    return mul(sub(centred, along), inverse);
  };
  const result: (Tensor | undefined)[] = [
    wanted[0] ? dx() : undefined,
    wanted[1] ? unbroadcast(mul(g!, normal), inputTypes[1]!.shape) : undefined,
  ];
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
