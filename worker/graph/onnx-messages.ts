/** The protobuf messages of an ONNX model, made of plain values: https://github.com/onnx/onnx/blob/main/docs/IR.md */
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
import { halfBits, type HalfType } from '../base/half.ts';
import { type Attributes, type DType, ONNX_TYPE, type Shape, sizeOf, type ValueType } from './tensor.ts';

export type { NodeProto, TensorProto, ValueInfoProto };

const OPSET = 20n;
const IR_VERSION = 10n;

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

/** Where the bytes of an external initializer are. */
export interface ExternalPlace {
  readonly location: string;
  readonly offset: number;
}

/** The bytes of a model, opset 20 and ONNX Runtime's own operators. */
export function modelBytes(graph: MessageInitShape<typeof GraphProtoSchema>): Uint8Array {
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

export interface NodeContent {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly domain?: string | undefined;
  readonly attributes?: Attributes | undefined;
}

export function nodeProto(
  name: string,
  opType: string,
  { inputs, outputs, domain = '', attributes = {} }: NodeContent,
): NodeProto {
  const attribute = Object.entries(attributes).map(([key, value]) => attributeProto(key, value));
  return create(NodeProtoSchema, {
    name,
    opType,
    domain,
    input: [...inputs],
    output: [...outputs],
    attribute,
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

/** A value that the model holds. */
export function constantProto(
  name: string,
  dtype: DType,
  shape: Shape,
  data: ArrayLike<number>,
): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: ONNX_TYPE[dtype],
    rawData: rawBytes(dtype, data),
  });
}

/** A value whose bytes are elsewhere. */
export function externalProto(
  name: string,
  { dtype, shape }: ValueType,
  { location, offset }: ExternalPlace,
): TensorProto {
  const entry = (key: string, value: string): StringStringEntryProto =>
    create(StringStringEntryProtoSchema, { key, value });
  return create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: ONNX_TYPE[dtype],
    dataLocation: DataLocation.EXTERNAL,
    externalData: [
      entry('location', location),
      entry('offset', String(offset)),
      entry('length', String(sizeOf(shape) * BYTES[dtype])),
    ],
  });
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

/** An input or output. A size that is a text is symbolic. */
export function valueInfo(name: string, dtype: DType, shape: readonly (number | string)[]): ValueInfoProto {
  const dim = shape.map((size) =>
    create(TensorShapeProto_DimensionSchema, {
      value:
        typeof size === 'string'
          ? { case: 'dimParam', value: size }
          : { case: 'dimValue', value: BigInt(size) },
    }),
  );
  const tensor = create(TypeProto_TensorSchema, {
    elemType: ONNX_TYPE[dtype],
    shape: create(TensorShapeProtoSchema, { dim }),
  });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensor } }),
  });
}

/** An output that is a sequence of tensors. */
export function sequenceInfo(name: string): ValueInfoProto {
  const tensor = create(TypeProto_TensorSchema, { elemType: ONNX_TYPE.float32 });
  const elemType = create(TypeProtoSchema, { value: { case: 'tensorType', value: tensor } });
  const sequence = create(TypeProto_SequenceSchema, { elemType });
  const type = create(TypeProtoSchema, { value: { case: 'sequenceType', value: sequence } });
  return create(ValueInfoProtoSchema, { name, type });
}
