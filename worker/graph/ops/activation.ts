/** Activations of the feed-forward layer (Hendrycks and Gimpel 2016; Elfwing et al. 2018). */
import {
  type Dense,
  type DType,
  type Emitter,
  type LowerArgs,
  type Op,
  STANDARD,
  type Tensor,
} from '../tensor.ts';
import { erf } from './elementwise.ts';
import { loweredInFloat32 } from './in-float32.ts';

type None = Readonly<Record<string, never>>;

interface Activation {
  readonly name: string;
  value(x: number): number;
  slope(x: number): number;
  lower(emit: Emitter, args: LowerArgs<None>): string[];
  /** Emits slope(x) * g. */
  lowerGradient(e: Elementwise, x: string, g: string): string;
}

/** Short names for chains of elementwise nodes. */
class Elementwise {
  readonly #emit: Emitter;
  readonly #dtype: DType;

  constructor(emit: Emitter, dtype: DType) {
    this.#emit = emit;
    this.#dtype = dtype;
  }

  #operand(x: string | number): string {
    return typeof x === 'string' ? x : this.#emit.constant(this.#dtype, [], [x]);
  }

  op(type: string, ...inputs: (string | number)[]): string {
    return this.#emit.node(
      type,
      inputs.map((x) => this.#operand(x)),
    )[0]!;
  }

  mul(a: string | number, b: string | number): string {
    return this.op('Mul', a, b);
  }

  add(a: string | number, b: string | number): string {
    return this.op('Add', a, b);
  }

  sub(a: string | number, b: string | number): string {
    return this.op('Sub', a, b);
  }
}

function activation(a: Activation): { op: Op<None>; gradient: Op<None>; apply: (x: Tensor) => Tensor } {
  const map = (x: Dense, f: (v: number, i: number) => number): Dense[] => [{ ...x, data: x.data.map(f) }];
  const gradient: Op<None> = {
    name: `${a.name}Gradient`,
    infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
    lower: (emit, args) =>
      loweredInFloat32(emit, args, ({ inputs: [x, g], inputTypes: [type] }) => [
        a.lowerGradient(new Elementwise(emit, type!.dtype), x!, g!),
      ]),
    vjp: 'none',
    reference: ([x, g]) => map(x!, (v, i) => a.slope(v) * g!.data[i]!),
  };
  const op: Op<None> = {
    name: a.name,
    infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
    lower: (emit, args) => a.lower(emit, args),
    vjp: {
      uses: 'inputs',
      rule: ({ cotangents: [g], inputs: [x] }) => [x!.graph.apply(gradient, [x!, g!], {})[0]],
    },
    reference: ([x]) => map(x!, (v) => a.value(v)),
  };
  return { op, gradient, apply: (x) => x.graph.apply(op, [x], {})[0]! };
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const normalDensity = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
const normalCumulative = (x: number): number => 0.5 * (1 + erf(x / Math.SQRT2));

/** x Phi(x), with the exact normal distribution. */
const erfGelu = activation({
  name: 'gelu',
  value: (x) => x * normalCumulative(x),
  slope: (x) => normalCumulative(x) + x * normalDensity(x),
  lower: (emit, { inputs }) =>
    emit.node('Gelu', inputs, emit.provider === STANDARD ? {} : { domain: 'com.microsoft' }),
  // with c = x / sqrt(2): (1 + erf(c) + 2 / sqrt(pi) c exp(-c^2)) / 2; the quotient is 0 where exp(c^2) overflows
  lowerGradient: (e, x, g) => {
    const c = e.mul(x, Math.SQRT1_2);
    const density = e.op('Div', c, e.op('Exp', e.mul(c, c)));
    const twice = e.add(e.add(e.op('Erf', c), 1), e.mul(density, 2 / Math.sqrt(Math.PI)));
    return e.mul(e.mul(twice, 0.5), g);
  },
});

// The tanh form is a sigmoid in disguise: 0.5 (1 + tanh(u / 2)) = sigmoid(u), u = x (C0 + C1 x^2).
const C0 = 2 * Math.sqrt(2 / Math.PI);
const C1 = C0 * 0.044715;

/** GPT-2's approximation: 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))). */
const tanhGelu = activation({
  name: 'geluTanh',
  value: (x) => x * sigmoid(x * (C0 + C1 * x * x)),
  slope: (x) => {
    const s = sigmoid(x * (C0 + C1 * x * x));
    return s + s * (1 - s) * x * (C0 + 3 * C1 * x * x);
  },
  lower: (emit, { inputs }) =>
    emit.provider === STANDARD
      ? emit.node('Gelu', inputs, { attributes: { approximate: 'tanh' } })
      : emit.node('FastGelu', inputs, { domain: 'com.microsoft' }),
  // x u' = 3 (u - (2/3) C0 x), which saves a pass
  lowerGradient: (e, x, g) => {
    const u = e.mul(e.add(e.mul(e.mul(x, x), C1), C0), x);
    const s = e.op('Sigmoid', u);
    const spread = e.sub(s, e.mul(s, s));
    const bend = e.mul(e.sub(u, e.mul(x, (2 / 3) * C0)), e.mul(spread, 3));
    return e.mul(e.add(s, bend), g);
  },
});

/** x sigmoid(x), also called swish. */
const swish = activation({
  name: 'silu',
  value: (x) => x * sigmoid(x),
  slope: (x) => sigmoid(x) * (1 + x * (1 - sigmoid(x))),
  lower: (emit, { inputs: [x] }) =>
    emit.provider === STANDARD
      ? emit.node('Mul', [x!, emit.node('Sigmoid', [x!])[0]!])
      : emit.node('QuickGelu', [x!], { domain: 'com.microsoft', attributes: { alpha: { float: 1 } } }),
  lowerGradient: (e, x, g) => {
    const s = e.op('Sigmoid', x);
    const spread = e.sub(s, e.mul(s, s));
    return e.mul(e.add(s, e.mul(x, spread)), g);
  },
});

/** max(x, 0). */
const rectifier = activation({
  name: 'relu',
  value: (x) => Math.max(x, 0),
  slope: (x) => Number(x > 0),
  lower: (emit, { inputs }) => emit.node('Relu', inputs),
  lowerGradient: (e, x, g) => e.op('Where', e.op('Greater', x, 0), g, 0),
});

export const geluOp = erfGelu.op;
export const geluGradientOp = erfGelu.gradient;
export const geluTanhOp = tanhGelu.op;
export const geluTanhGradientOp = tanhGelu.gradient;
export const siluOp = swish.op;
export const siluGradientOp = swish.gradient;

export const reluOp = rectifier.op;
export const reluGradientOp = rectifier.gradient;

/** x Phi(x), exact. */
export const gelu = erfGelu.apply;
/** GPT-2's tanh approximation of GELU. */
export const geluTanh = tanhGelu.apply;
/** x sigmoid(x). */
export const silu = swish.apply;
/** max(x, 0). */
export const relu = rectifier.apply;
