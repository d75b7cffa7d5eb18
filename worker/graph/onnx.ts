/** Writes a graph as an ONNX model. The only place where values get names. */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type StringStringEntryProto,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation as DataLocation,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_SequenceSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import { ClozeError } from '../base/errors.ts';
import { halfBits, type HalfType } from '../base/half.ts';
import { checkGraph, liveNodes } from './live.ts';
import { factorise, type OpenSizes } from './open-sizes.ts';
import {
  type Attributes,
  type DType,
  type Emitter,
  input,
  type InputParams,
  type Node,
  ONNX_TYPE,
  type Shape,
  sizeOf,
  type Tensor,
} from './tensor.ts';

const OPSET = 20n;
const IR_VERSION = 10n;

export interface OnnxOptions {
  readonly provider: string;
  /** Fetched values by name. */
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** States that the program only reads and whose values will not change, by name: written as external initializers. */
  readonly frozen?: ReadonlyMap<string, ExternalPlace>;
  /** Name of a first output that is a sequence; see runtime/session.ts. */
  readonly sentinel?: string | undefined;
  /** Sizes that the model leaves open; each is the size of some feed. */
  readonly open?: OpenSizes | undefined;
}

/** Where the bytes of an external initializer are. */
export interface ExternalPlace {
  readonly location: string;
  readonly offset: number;
}

export interface OnnxModel {
  readonly bytes: Uint8Array;
  /** Inputs that the graph reads, by name. */
  readonly inputs: ReadonlyMap<string, Tensor>;
}

/** Serialises what `outputs` need, opset 20. */
export function toOnnx(options: OnnxOptions): OnnxModel {
  const first = options.outputs.values().next().value!;
  const nodes = liveNodes(first.graph, options.outputs.values());
  checkGraph(nodes);
  const writer = new Writer(options.provider, first.graph.feeds, options.open);
  const names = new Map<Tensor, string>();
  const inputs = new Map<string, Tensor>();
  for (const node of nodes) {
    if (node.op.name === input.name) inputs.set((node.params as InputParams).name, node.outputs[0]!);
    const outputNames = lowerNode(writer, node, names);
    node.outputs.forEach((t, i) => names.set(t, outputNames[i]!));
  }
  if (options.sentinel !== undefined) writer.sequence(options.sentinel);
  for (const [name, tensor] of options.outputs) writer.output(name, tensor, names.get(tensor)!);
  for (const [name, tensor] of inputs) {
    const place = options.frozen?.get(name);
    if (place !== undefined) writer.external(name, tensor, place);
    else writer.input(name, tensor);
  }
  return { bytes: writer.bytes(), inputs };
}

function lowerNode(writer: Writer, node: Node, names: ReadonlyMap<Tensor, string>): string[] {
  writer.scope = node.scope;
  return node.op.lower(writer, {
    inputs: node.inputs.map((t) => names.get(t)!),
    inputTypes: node.inputs,
    outputTypes: node.outputs,
    params: node.params,
  });
}

class Writer implements Emitter {
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
      domain = '',
      attributes = {},
      outputs = 1,
    }: { domain?: string; attributes?: Attributes; outputs?: number } = {},
  ): string[] {
    const name = this.#unique(this.scope === '' ? opType : `${this.scope}/${opType}`);
    const output =
      outputs === 1 ? [name] : Array.from({ length: outputs }, (_, i) => this.#unique(`${name}:${i}`));
    for (const value of output) this.#fromNodes.add(value);
    const attribute = Object.entries(attributes).map(([key, value]) => attributeProto(key, value));
    this.#nodes.push(
      create(NodeProtoSchema, { name, opType, domain, input: [...inputs], output, attribute }),
    );
    return output;
  }

  constant(dtype: DType, shape: Shape, data: ArrayLike<number>): string {
    const key = data.length <= 16 ? `${dtype}[${shape.join()}]${Array.from(data).join()}` : undefined;
    const known = key === undefined ? undefined : this.#constants.get(key);
    if (known !== undefined) return known;
    const name = this.#unique('constant');
    this.#initializers.push(
      create(TensorProtoSchema, {
        name,
        dims: shape.map(BigInt),
        dataType: ONNX_TYPE[dtype],
        rawData: rawBytes(dtype, data),
      }),
    );
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
      ONNX_TYPE[dtype],
      shape.map((size) => this.#open.get(size) ?? size),
    );
  }

  /** Declares a fetched value: its node takes the name, or an Identity does where it has no node of its own. */
  output(name: string, tensor: Tensor, value: string): void {
    if (this.#fromNodes.has(value) && !this.#renamed.has(value)) this.#renamed.set(value, name);
    else
      this.#nodes.push(create(NodeProtoSchema, { name, opType: 'Identity', input: [value], output: [name] }));
    this.#outputs.push(this.#valueInfo(name, tensor));
  }

  /** An empty sequence as the first output; see runtime/session.ts for what it is good for. */
  sequence(name: string): void {
    this.#nodes.push(create(NodeProtoSchema, { name, opType: 'SequenceEmpty', output: [name] }));
    const tensor = create(TypeProto_TensorSchema, { elemType: ONNX_TYPE.float32 });
    const elemType = create(TypeProtoSchema, { value: { case: 'tensorType', value: tensor } });
    const sequence = create(TypeProto_SequenceSchema, { elemType });
    const type = create(TypeProtoSchema, { value: { case: 'sequenceType', value: sequence } });
    this.#outputs.unshift(create(ValueInfoProtoSchema, { name, type }));
  }

  external(name: string, tensor: Tensor, { location, offset }: ExternalPlace): void {
    const entry = (key: string, value: string): StringStringEntryProto =>
      create(StringStringEntryProtoSchema, { key, value });
    this.#initializers.push(
      create(TensorProtoSchema, {
        name,
        dims: tensor.shape.map(BigInt),
        dataType: ONNX_TYPE[tensor.dtype],
        dataLocation: DataLocation.EXTERNAL,
        externalData: [
          entry('location', location),
          entry('offset', String(offset)),
          entry('length', String(sizeOf(tensor.shape) * BYTES[tensor.dtype])),
        ],
      }),
    );
  }

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

const BYTES: Readonly<Record<DType, number>> = {
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int32: 4,
  int64: 8,
  bool: 1,
  uint8: 1,
  float64: 8,
};

function modelBytes(graph: MessageInitShape<typeof GraphProtoSchema>): Uint8Array {
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: 'cloze',
    opsetImport: [
      { domain: '', version: OPSET },
      { domain: 'com.microsoft', version: 1n },
    ],
    graph: create(GraphProtoSchema, graph),
  });
  return toBinary(ModelProtoSchema, model);
}

/** A model of one node, y = x, for any shape of a rank: what moves a tensor between devices (runtime/transfer.ts). */
export function identityModel(dtype: DType, rank: number): Uint8Array {
  const shape = Array.from({ length: rank }, (_, axis) => `d${axis}`);
  return modelBytes({
    name: 'identity',
    node: [create(NodeProtoSchema, { name: 'Identity', opType: 'Identity', input: ['x'], output: ['y'] })],
    input: [valueInfo('x', ONNX_TYPE[dtype], shape)],
    output: [valueInfo('y', ONNX_TYPE[dtype], shape)],
  });
}

/** A size that is a text is symbolic. */
function valueInfo(name: string, elemType: number, shape: readonly (number | string)[]): ValueInfoProto {
  const dim = shape.map((size) =>
    create(TensorShapeProto_DimensionSchema, {
      value:
        typeof size === 'string'
          ? { case: 'dimParam', value: size }
          : { case: 'dimValue', value: BigInt(size) },
    }),
  );
  const tensor = create(TypeProto_TensorSchema, { elemType, shape: create(TensorShapeProtoSchema, { dim }) });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensor } }),
  });
}

function attributeProto(name: string, value: Attributes[string]): AttributeProto {
  if (typeof value === 'number')
    return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) });
  if (typeof value === 'string') {
    return create(AttributeProtoSchema, {
      name,
      type: AttributeType.STRING,
      s: new TextEncoder().encode(value),
    });
  }
  if ('float' in value)
    return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value.float });
  return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: Array.from(value, BigInt) });
}

function rawBytes(dtype: DType, data: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const half = (type: HalfType) => Uint16Array.from(data, (value) => halfBits(type, value));
  const typed = {
    float32: () => Float32Array.from(data),
    float16: () => half('float16'),
    bfloat16: () => half('bfloat16'),
    float64: () => Float64Array.from(data),
    int32: () => Int32Array.from(data),
    int64: () => BigInt64Array.from(Array.from(data, BigInt)),
    bool: () => Uint8Array.from(data),
    uint8: () => Uint8Array.from(data),
  }[dtype]();
  return new Uint8Array(typed.buffer);
}
