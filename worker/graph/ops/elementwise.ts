/** Ops that act on each element alone, with broadcasting where they take two. */
import { ClozeError } from '../../base/errors.ts';
import {
  broadcastShapes,
  type DType,
  graphError,
  isFloat,
  ONNX_TYPE,
  type Op,
  type Tensor,
  type Vjp,
} from '../tensor.ts';
import { dense } from './reference.ts';
import { expandDense, scalar, unbroadcast } from './shape.ts';

type None = Readonly<Record<string, never>>;
const NONE: None = {};

/** Float32 results wrap nowhere; int32 ones wrap at 32 bits, as every provider's do. */
function store(dtype: DType, value: number): number {
  return dtype === 'int32' ? value | 0 : value;
}

function unary(
  name: string,
  onnx: string,
  compute: (x: number) => number,
  vjp: Vjp<None> | 'zero',
): Op<None> {
  return {
    name,
    infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
    lower: (emit, { inputs }) => emit.node(onnx, inputs),
    vjp,
    reference: ([x]) => [{ dtype: x!.dtype, shape: x!.shape, data: x!.data.map(compute) }],
  };
}

function binary(
  name: string,
  onnx: string,
  compute: (a: number, b: number, dtype: DType) => number,
  vjp: Vjp<None> | 'zero' | 'none',
  result: (dtype: DType) => DType = (dtype) => dtype,
): Op<None> {
  return {
    name,
    infer: (inputs) => {
      const [a, b] = inputs;
      const shape = broadcastShapes(a!.shape, b!.shape);
      if (shape === undefined) throw graphError(name, 'shapes do not broadcast', inputs);
      if (a!.dtype !== b!.dtype) throw graphError(name, 'dtypes differ', inputs);
      return [{ dtype: result(a!.dtype), shape }];
    },
    lower: (emit, { inputs }) => emit.node(onnx, inputs),
    vjp,
    reference: ([a, b]) => {
      const shape = broadcastShapes(a!.shape, b!.shape)!;
      const x = expandDense(a!, shape).data;
      const y = expandDense(b!, shape).data;
      const dtype = result(a!.dtype);
      return [{ dtype, shape, data: x.map((value, i) => store(dtype, compute(value, y[i]!, a!.dtype))) }];
    },
  };
}

export const addOp = binary('add', 'Add', (a, b) => a + b, {
  uses: 'nothing',
  rule: ({ cotangents: [g], inputTypes: [a, b], wanted }) => [
    wanted[0] ? unbroadcast(g!, a!.shape) : undefined,
    wanted[1] ? unbroadcast(g!, b!.shape) : undefined,
  ],
});

export const subOp = binary('sub', 'Sub', (a, b) => a - b, {
  uses: 'nothing',
  rule: ({ cotangents: [g], inputTypes: [a, b], wanted }) => [
    wanted[0] ? unbroadcast(g!, a!.shape) : undefined,
    wanted[1] ? neg(unbroadcast(g!, b!.shape)) : undefined,
  ],
});

export const mulOp = binary('mul', 'Mul', (a, b, dtype) => (dtype === 'int32' ? Math.imul(a, b) : a * b), {
  uses: 'inputs',
  rule: ({ cotangents: [g], inputs: [a, b], wanted }) => [
    wanted[0] ? unbroadcast(mul(g!, b!), a!.shape) : undefined,
    wanted[1] ? unbroadcast(mul(g!, a!), b!.shape) : undefined,
  ],
});

export const divOp = binary('div', 'Div', (a, b, dtype) => (dtype === 'int32' ? Math.trunc(a / b) : a / b), {
  uses: 'both',
  rule: ({ cotangents: [g], inputs: [a, b], outputs: [y], wanted }) => [
    wanted[0] ? unbroadcast(div(g!, b!), a!.shape) : undefined,
    wanted[1] ? neg(unbroadcast(div(mul(g!, y!), b!), b!.shape)) : undefined,
  ],
});

export const lessOp = binary(
  'less',
  'Less',
  (a, b) => (a < b ? 1 : 0),
  'zero',
  () => 'bool',
);

export const maximumOp = binary('maximum', 'Max', (a, b) => Math.max(a, b), 'none');
export const minimumOp = binary('minimum', 'Min', (a, b) => Math.min(a, b), 'none');

export const negOp = unary('neg', 'Neg', (x) => -x, {
  uses: 'nothing',
  rule: ({ cotangents: [g] }) => [neg(g!)],
});
export const expOp = unary('exp', 'Exp', Math.exp, {
  uses: 'outputs',
  rule: ({ cotangents: [g], outputs: [y] }) => [mul(g!, y!)],
});
export const logOp = unary('log', 'Log', Math.log, {
  uses: 'inputs',
  rule: ({ cotangents: [g], inputs: [x] }) => [div(g!, x!)],
});
export const sqrtOp = unary('sqrt', 'Sqrt', Math.sqrt, {
  uses: 'outputs',
  rule: ({ cotangents: [g], outputs: [y] }) => [div(scale(g!, 0.5), y!)],
});
export const tanhOp = unary('tanh', 'Tanh', Math.tanh, {
  uses: 'outputs',
  rule: ({ cotangents: [g], outputs: [y] }) => [sub(g!, mul(g!, mul(y!, y!)))],
});
export const sigmoidOp = unary('sigmoid', 'Sigmoid', (x) => 1 / (1 + Math.exp(-x)), {
  uses: 'outputs',
  rule: ({ cotangents: [g], outputs: [y] }) => [mul(g!, sub(y!, mul(y!, y!)))],
});

/** Abramowitz and Stegun has 7 digits; this series and continued fraction have 15, which finite differences need. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 2.5) {
    let term = a;
    let sum = a;
    for (let n = 1; Math.abs(term) > 1e-17 * sum; n++) {
      term *= (-a * a) / n;
      sum += term / (2 * n + 1);
      if (n > 200) break;
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let fraction = 0;
  for (let n = 60; n >= 1; n--) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + fraction)));
}

export const castOp: Op<{ readonly to: DType }> = {
  name: 'cast',
  infer: ([x], { to }) => [{ dtype: to, shape: x!.shape }],
  lower: (emit, { inputs, params: { to } }) =>
    emit.node('Cast', inputs, { attributes: { to: ONNX_TYPE[to] } }),
  vjp: {
    uses: 'nothing',
    rule: ({ cotangents: [g], inputTypes: [x] }) => [isFloat(x!.dtype) ? cast(g!, x!.dtype) : undefined],
  },
  reference: ([x], { to }) => {
    const out = dense(to, x!.shape);
    const convert = (v: number): number =>
      to === 'bool' ? Number(v !== 0) : to.startsWith('int') ? Math.trunc(v) : v;
    out.data.set(x!.data.map(convert));
    return [out];
  },
};

function apply2(op: Op<None>, a: Tensor, b: Tensor): Tensor {
  return a.graph.apply(op, [a, b], NONE)[0]!;
}

function apply1(op: Op<None>, x: Tensor): Tensor {
  return x.graph.apply(op, [x], NONE)[0]!;
}

export const add = (a: Tensor, b: Tensor): Tensor => apply2(addOp, a, b);
export const sub = (a: Tensor, b: Tensor): Tensor => apply2(subOp, a, b);
export const mul = (a: Tensor, b: Tensor): Tensor => apply2(mulOp, a, b);
export const div = (a: Tensor, b: Tensor): Tensor => apply2(divOp, a, b);
/** a < b, as bool. */
export const less = (a: Tensor, b: Tensor): Tensor => apply2(lessOp, a, b);
export const maximum = (a: Tensor, b: Tensor): Tensor => apply2(maximumOp, a, b);
export const minimum = (a: Tensor, b: Tensor): Tensor => apply2(minimumOp, a, b);
export const neg = (x: Tensor): Tensor => apply1(negOp, x);
export const exp = (x: Tensor): Tensor => apply1(expOp, x);
export const log = (x: Tensor): Tensor => apply1(logOp, x);
export const sqrt = (x: Tensor): Tensor => apply1(sqrtOp, x);
export const tanh = (x: Tensor): Tensor => apply1(tanhOp, x);
export const sigmoid = (x: Tensor): Tensor => apply1(sigmoidOp, x);

/** x in another dtype. Gradients pass between float types. */
export function cast(x: Tensor, to: DType): Tensor {
  return x.dtype === to ? x : x.graph.apply(castOp, [x], { to })[0]!;
}

/** x times a number known at build time. */
export function scale(x: Tensor, factor: number): Tensor {
  if (!Number.isFinite(factor)) throw new ClozeError('graph', `scale: factor ${factor} is not finite`);
  return factor === 1 ? x : mul(x, scalar(x.graph, factor, x.dtype));
}

/** x plus a number known at build time. */
export function shift(x: Tensor, offset: number): Tensor {
  return add(x, scalar(x.graph, offset, x.dtype));
}
