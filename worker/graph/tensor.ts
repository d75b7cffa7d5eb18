import { ClozeError } from '../base/errors.ts';
import type { HalfType } from '../base/half.ts';

/** Element types that a graph computes with. Those of 16 bits are within a graph alone, not its inputs and outputs. */
export type DType = 'float32' | 'float64' | 'int32' | 'int64' | 'bool' | 'uint8' | HalfType;

/** The number that ONNX has for each (TensorProto.DataType). */
export const ONNX_TYPE: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
};

/** Whether it is a floating-point type: gradients pass through these alone. */
export function isFloat(dtype: DType): boolean {
  return dtype === 'float32' || dtype === 'float64' || isHalf(dtype);
}

/** Whether it is a floating-point type of 16 bits. */
export function isHalf(dtype: DType): dtype is HalfType {
  return dtype === 'float16' || dtype === 'bfloat16';
}

export type Shape = readonly number[];

export interface ValueType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** A symbolic value. Building a graph computes nothing. */
export interface Tensor extends ValueType {
  readonly graph: Graph;
  /** Position in creation order: a tensor only ever depends on smaller ids. */
  readonly id: number;
  readonly node: Node;
  /** Which output of `node` this is. */
  readonly index: number;
}

/** One application of an op. */
export interface Node {
  readonly op: Op<unknown>;
  readonly params: unknown;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Module path at creation, for names in profiles: `h.3/attn`, `grad/h.3/attn`. */
  readonly scope: string;
}

/** A dense value on the host, in double precision (booleans as 0 and 1): what reference kernels compute with. */
export interface Dense extends ValueType {
  readonly data: Float64Array;
}

/** Stands for a provider in models that others run: they have only operators of the ONNX standard. */
export const STANDARD = 'standard';

/** Where lowering writes ONNX nodes to. Values are known by name. */
export interface Emitter {
  readonly provider: string;
  /** Adds a node with `outputs` outputs (default 1) and returns their names. */
  node(
    opType: string,
    inputs: readonly string[],
    options?: { domain?: string; attributes?: Attributes; outputs?: number },
  ): string[];
  /** Adds an initializer and returns its name; equal ones are shared. */
  constant(dtype: DType, shape: Shape, data: ArrayLike<number>): string;
  /** An int64 vector of sizes: a constant, but for those that are left open (open-sizes.ts). */
  sizes(sizes: Shape): string;
  /** A shape as the int64 operand of Reshape: one open size is whatever is left. */
  reshapeTo(shape: Shape): string;
  /** int32 [count]: 0, 1, ... count - 1. */
  range(count: number): string;
}

export type Attributes = Readonly<
  Record<string, number | string | readonly number[] | { readonly float: number }>
>;

export interface LowerArgs<P> {
  /** Names of the inputs and their types. */
  readonly inputs: readonly string[];
  readonly inputTypes: readonly ValueType[];
  readonly outputTypes: readonly ValueType[];
  readonly params: P;
}

export interface VjpArgs<P> {
  /** Empty unless the rule declared that it uses them. */
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly inputTypes: readonly ValueType[];
  readonly outputTypes: readonly ValueType[];
  readonly params: P;
  /** Gradient of each output; undefined is zero. At least one is given. */
  readonly cotangents: readonly (Tensor | undefined)[];
  /** Which inputs' gradients are wanted. */
  readonly wanted: readonly boolean[];
}

/** A vector-Jacobian product: the gradients of the inputs as graph. `uses` says which values it keeps alive. */
export interface Vjp<P> {
  readonly uses: 'nothing' | 'inputs' | 'outputs' | 'both';
  /** One entry an input; undefined is a symbolic zero. */
  rule(args: VjpArgs<P>): (Tensor | undefined)[];
}

/** All that Cloze knows about an operation. Adding an op is writing one of these (docs/recipes/adding-an-op.md). */
export interface Op<P> {
  readonly name: string;
  /** Types of the outputs; throws `graph` with op, expected and got. */
  infer(inputs: readonly ValueType[], params: P): ValueType[];
  /** Emits ONNX and returns the names of the outputs. */
  lower(emit: Emitter, args: LowerArgs<P>): string[];
  /** 'none': differentiating through it is an error. 'zero': its gradient is zero everywhere. */
  readonly vjp: Vjp<P> | 'none' | 'zero';
  /** The slow, plain definition that tests compare with. */
  reference(inputs: readonly Dense[], params: P): Dense[];
}

/** A graph under construction: inputs, nodes in topological order, and the current scope. */
export class Graph {
  readonly nodes: Node[] = [];
  /** Values fed at each run, by name. */
  readonly feeds = new Map<string, Tensor>();
  /** Values that live on the device between runs (parameters, moments, caches), by name. */
  readonly states = new Map<string, Tensor>();
  /** States that never change, by name: every program has them baked in. */
  readonly frozen = new Set<string>();
  #nextId = 0;
  #scope = '';

  get scope(): string {
    return this.#scope;
  }

  /** Runs `build` with `name` appended to the scope. */
  within<T>(name: string, build: () => T): T {
    return this.withScope(this.#scope === '' ? name : `${this.#scope}/${name}`, build);
  }

  /** Runs `build` with exactly this scope. */
  withScope<T>(scope: string, build: () => T): T {
    const before = this.#scope;
    this.#scope = scope;
    try {
      return build();
    } finally {
      this.#scope = before;
    }
  }

  feed(name: string, dtype: DType, shape: Shape): Tensor {
    return this.#declare(this.feeds, name, dtype, shape, 'feed');
  }

  state(name: string, dtype: DType, shape: Shape): Tensor {
    return this.#declare(this.states, name, dtype, shape, 'state');
  }

  apply<P>(op: Op<P>, inputs: readonly Tensor[], params: P): Tensor[] {
    for (const [i, input] of inputs.entries()) {
      if (input.graph !== this)
        throw new ClozeError('graph', `${op.name}: operand ${i} belongs to another graph`);
    }
    const types = op.infer(inputs, params);
    const outputs: Tensor[] = [];
    const node: Node = { op: op, params, inputs, outputs, scope: this.#scope };
    for (const [index, type] of types.entries()) {
      outputs.push({ ...type, graph: this, id: this.#nextId++, node, index });
    }
    this.nodes.push(node);
    return outputs;
  }

  #declare(into: Map<string, Tensor>, name: string, dtype: DType, shape: Shape, what: string): Tensor {
    if (this.feeds.has(name) || this.states.has(name)) {
      throw new ClozeError('graph', `${what} '${name}' is declared twice`);
    }
    const [tensor] = this.apply(input, [], { name, dtype, shape });
    into.set(name, tensor!);
    return tensor!;
  }
}

export interface InputParams extends ValueType {
  readonly name: string;
}

/** A value that comes from outside: a feed or a state. Its name is its own. */
export const input: Op<InputParams> = {
  name: 'input',
  infer: (_, { dtype, shape }) => [{ dtype, shape }],
  lower: (_, { params }) => [params.name],
  vjp: 'zero',
  reference: (_, { name }) => {
    throw new ClozeError('graph', `input '${name}' was not fed`);
  },
};

export function sizeOf(shape: Shape): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** `float32[8, 128, 256]` */
export function describe(type: ValueType): string {
  return `${type.dtype}[${type.shape.join(', ')}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}

/** A shape or dtype error with everything it was made from. */
export function graphError(op: string, problem: string, inputs: readonly ValueType[]): ClozeError {
  return new ClozeError('graph', `${op}: ${problem}; operands ${inputs.map(describe).join(', ')}`, {
    details: { op, operands: inputs.map(({ dtype, shape }) => ({ dtype, shape })) },
  });
}

/** The shape that NumPy-style broadcasting gives, or undefined where two sizes differ and neither is 1. */
export function broadcastShapes(a: Shape, b: Shape): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    out.push(x === 1 ? y : x);
  }
  return out;
}

/** A non-negative axis. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
