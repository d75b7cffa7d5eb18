/** An ONNX model with its weights, written piece by piece: memory does not grow with them. */
import { basename } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import {
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation as DataLocation,
  TensorProtoSchema,
  type TensorProto,
} from 'onnx-buf';
import { writePartsAtomic } from '../../base/files.ts';

/** The weights that a model takes into its own file; a protobuf message can not be larger than 2 GB. */
export const MOST_INLINE_BYTES = 1 << 30;

/** Data of a file beside the model begins at multiples of this, so that it can be mapped into memory. */
const ALIGNMENT = 4096;
const FLOAT_BYTES = 4;

/** Numbers of fields in onnx.proto. */
const FIELD = { modelGraph: 7, graphInitializer: 5, tensorRawData: 9 };

export type ReadWeight = (name: string) => Iterable<Float32Array<ArrayBuffer>>;

export interface OnnxFileOptions {
  readonly mostInlineBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes `model`, whose weights are external and each at the path of its name, with the weights that `read` gives: in the
 * same file, or where they are too large in one beside it, `NAME_data`. Tells whether there is one.
 * Throws `disk`, `cancelled`.
 */
export async function writeOnnxFile(
  path: string,
  model: Uint8Array,
  read: ReadWeight,
  { mostInlineBytes = MOST_INLINE_BYTES, signal }: OnnxFileOptions = {},
): Promise<{ beside: boolean }> {
  const { head, graph, weights } = takeApart(model);
  const bytes = weights.reduce((sum, weight) => sum + byteLength(weight), 0);
  const beside = bytes > mostInlineBytes;
  if (beside) {
    await writePartsAtomic(`${path}_data`, dataParts(weights, read), signal);
    graph.initializer.push(...placed(weights, `${basename(path)}_data`));
    await writePartsAtomic(path, modelParts(head, graph, [], read), signal);
  } else {
    await writePartsAtomic(path, modelParts(head, graph, weights, read), signal);
  }
  return { beside };
}

interface Parts {
  /** The model without its graph. */
  readonly head: ModelProto;
  /** The graph without weights. */
  readonly graph: GraphProto;
  readonly weights: readonly TensorProto[];
}

function takeApart(model: Uint8Array): Parts {
  const head = fromBinary(ModelProtoSchema, model);
  head.opsetImport = head.opsetImport.filter(({ domain }) => domain === '');
  const graph = head.graph ?? create(GraphProtoSchema);
  head.graph = undefined;
  const isWeight = ({ dataLocation }: TensorProto): boolean => dataLocation === DataLocation.EXTERNAL;
  const weights = graph.initializer
    .filter(isWeight)
    .map(({ name, dims, dataType }) => create(TensorProtoSchema, { name, dims, dataType }));
  graph.initializer = graph.initializer.filter((tensor) => !isWeight(tensor));
  return { head, graph, weights };
}

function* modelParts(
  head: ModelProto,
  graph: GraphProto,
  weights: readonly TensorProto[],
  read: ReadWeight,
): Generator<Uint8Array> {
  const graphBytes = toBinary(GraphProtoSchema, graph);
  const heads = weights.map((weight) => {
    const own = toBinary(TensorProtoSchema, weight);
    const data = lengthPrefix(FIELD.tensorRawData, byteLength(weight));
    const length = own.length + data.length + byteLength(weight);
    return Buffer.concat([lengthPrefix(FIELD.graphInitializer, length), own, data]);
  });
  const length = weights.reduce(
    (sum, weight, i) => sum + heads[i]!.length + byteLength(weight),
    graphBytes.length,
  );
  yield toBinary(ModelProtoSchema, head);
  yield lengthPrefix(FIELD.modelGraph, length);
  yield graphBytes;
  for (const [i, { name }] of weights.entries()) {
    yield heads[i]!;
    yield* bytesOf(read(name));
  }
}

/** What stands before a field of so many bytes. */
function lengthPrefix(field: number, length: number): Uint8Array {
  return new BinaryWriter().tag(field, WireType.LengthDelimited).uint32(length).finish();
}

function* dataParts(weights: readonly TensorProto[], read: ReadWeight): Generator<Uint8Array> {
  for (const weight of weights) {
    yield* bytesOf(read(weight.name));
    yield new Uint8Array(aligned(byteLength(weight)) - byteLength(weight));
  }
}

/** Weights that say where in the file beside the model they are. */
function placed(weights: readonly TensorProto[], location: string): TensorProto[] {
  let offset = 0;
  return weights.map((weight) => {
    const place = { location, offset: String(offset), length: String(byteLength(weight)) };
    offset += aligned(byteLength(weight));
    return create(TensorProtoSchema, {
      ...weight,
      dataLocation: DataLocation.EXTERNAL,
      externalData: Object.entries(place).map(([key, value]) =>
        create(StringStringEntryProtoSchema, { key, value }),
      ),
    });
  });
}

function* bytesOf(chunks: Iterable<Float32Array<ArrayBuffer>>): Generator<Uint8Array> {
  for (const { buffer, byteOffset, byteLength: length } of chunks)
    yield new Uint8Array(buffer, byteOffset, length);
}

function byteLength({ dims }: TensorProto): number {
  return FLOAT_BYTES * dims.reduce((product, size) => product * Number(size), 1);
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
