import { ClozeError } from '../base/errors.ts';
import {
  constantProto,
  type ExternalPlace,
  externalProto,
  modelBytes,
  nodeProto,
  type NodeProto,
  sequenceInfo,
  type TensorProto,
  valueInfo,
  type ValueInfoProto,
} from './onnx-messages.ts';
import { factorise, type OpenSizes } from './open-sizes.ts';
import { type Attributes, type DType, type Emitter, ONNX_TYPE, type Shape, type Tensor } from './tensor.ts';

/**
 * Gathers nodes, constants, inputs and outputs, and gives each value its name. Where sizes are open, what is computed from them is
 * computed in the model.
 */
export class OnnxWriter implements Emitter {
  readonly provider: string;
  scope = '';
  readonly #feeds: ReadonlyMap<string, Tensor>;
  readonly #open: OpenSizes;
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];
  readonly #nodes: NodeProto[] = [];
  readonly #initializers: TensorProto[] = [];
  readonly #constants = new Map<string, string>();
  readonly #taken = new Map<string, number>();
  readonly #fromNodes = new Set<string>();
  /** Values of nodes that are outputs, by the name they had before. */
  readonly #renamed = new Map<string, string>();

  constructor(provider: string, feeds: ReadonlyMap<string, Tensor>, open: OpenSizes = new Map()) {
    this.provider = provider;
    this.#feeds = feeds;
    this.#open = open;
  }

  node(
    opType: string,
    inputs: readonly string[],
    {
      domain,
      attributes,
      outputs: count = 1,
    }: { domain?: string; attributes?: Attributes; outputs?: number } = {},
  ): string[] {
    const name = this.#unique(this.scope === '' ? opType : `${this.scope}/${opType}`);
    const outputs =
      count === 1 ? [name] : Array.from({ length: count }, (_, i) => this.#unique(`${name}:${i}`));
    for (const value of outputs) this.#fromNodes.add(value);
    this.#nodes.push(nodeProto(name, opType, { inputs, outputs, domain, attributes }));
    return outputs;
  }

  constant(dtype: DType, shape: Shape, data: ArrayLike<number>): string {
    const key = data.length <= 16 ? `${dtype}[${shape.join()}]${Array.from(data).join()}` : undefined;
    const known = key === undefined ? undefined : this.#constants.get(key);
    if (known !== undefined) return known;
    const name = this.#unique('constant');
    this.#initializers.push(constantProto(name, dtype, shape, data));
    if (key !== undefined) this.#constants.set(key, name);
    return name;
  }

  sizes(sizes: Shape): string {
    if (!this.#hasOpen(sizes)) return this.constant('int64', [sizes.length], sizes);
    return this.#once(`sizes ${sizes.join()}`, () => {
      if (sizes.length === 1) return this.#openSize(sizes[0]!);
      const parts = sizes.map((size) => this.sizes([size]));
      return this.node('Concat', parts, { attributes: { axis: 0 } })[0]!;
    });
  }

  reshapeTo(shape: Shape): string {
    const open = shape.filter((size) => this.#hasOpen([size]));
    if (open.length !== 1) return this.sizes(shape);
    const data = shape.map((size) => (size === open[0] ? -1 : size));
    return this.constant('int64', [shape.length], data);
  }

  range(count: number): string {
    if (!this.#hasOpen([count]))
      return this.constant(
        'int32',
        [count],
        Array.from({ length: count }, (_, i) => i),
      );
    return this.#once(`range ${count}`, () => {
      const limit = this.node(
        'Squeeze',
        this.node('Cast', [this.sizes([count])], { attributes: { to: ONNX_TYPE.int32 } }),
      );
      return this.node('Range', [
        this.constant('int32', [], [0]),
        limit[0]!,
        this.constant('int32', [], [1]),
      ])[0]!;
    });
  }

  /** int64 [1]: a size that is not known before a run. */
  #openSize(size: number): string {
    const { factor, open } = factorise(size, this.#open);
    const factors = open.map((each) => this.#feedSize(each));
    if (factor !== 1) factors.push(this.constant('int64', [1], [factor]));
    return factors.reduce((a, b) => this.node('Mul', [a, b])[0]!);
  }

  /** An open size as the feed has it whose size it is. */
  #feedSize(size: number): string {
    for (const [name, { shape }] of this.#feeds) {
      const start = shape.indexOf(size);
      if (start < 0) continue;
      const attributes = { start, end: start + 1 };
      return this.#once(`size ${size}`, () => this.node('Shape', [name], { attributes })[0]!);
    }
    throw new ClozeError('graph', `no feed has the open size ${this.#open.get(size) ?? size}`);
  }

  #hasOpen(sizes: Shape): boolean {
    return sizes.some((size) => factorise(size, this.#open).open.length > 0);
  }

  /** What many nodes share, made for the first of them, in no module's scope. */
  #once(key: string, make: () => string): string {
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const { scope } = this;
    this.scope = 'sizes';
    const name = make();
    this.scope = scope;
    this.#constants.set(key, name);
    return name;
  }

  /** Declares a value that is fed. */
  input(name: string, tensor: Tensor): void {
    this.#inputs.push(this.#valueInfo(name, tensor));
  }

  #valueInfo(name: string, { dtype, shape }: Tensor): ValueInfoProto {
    return valueInfo(
      name,
      dtype,
      shape.map((size) => this.#open.get(size) ?? size),
    );
  }

  /** Declares a fetched value: its node takes the name, or an Identity does where it has no node of its own. */
  output(name: string, tensor: Tensor, value: string): void {
    if (this.#fromNodes.has(value) && !this.#renamed.has(value)) this.#renamed.set(value, name);
    else this.#nodes.push(nodeProto(name, 'Identity', { inputs: [value], outputs: [name] }));
    this.#outputs.push(this.#valueInfo(name, tensor));
  }

  /** An empty sequence as the first output; see runtime/session.ts for what it is good for. */
  sequence(name: string): void {
    this.#nodes.push(nodeProto(name, 'SequenceEmpty', { inputs: [], outputs: [name] }));
    this.#outputs.unshift(sequenceInfo(name));
  }

  /** Declares a value whose bytes are elsewhere. */
  external(name: string, tensor: Tensor, place: ExternalPlace): void {
    this.#initializers.push(externalProto(name, tensor, place));
  }

  /** The model. */
  bytes(): Uint8Array {
    for (const node of this.#nodes) {
      node.input = node.input.map((name) => this.#renamed.get(name) ?? name);
      node.output = node.output.map((name) => this.#renamed.get(name) ?? name);
    }
    return modelBytes({
      name: 'cloze',
      node: this.#nodes,
      input: this.#inputs,
      output: this.#outputs,
      initializer: this.#initializers,
    });
  }

  #unique(name: string): string {
    const count = (this.#taken.get(name) ?? 0) + 1;
    this.#taken.set(name, count);
    return count === 1 ? name : `${name}_${count}`;
  }
}
