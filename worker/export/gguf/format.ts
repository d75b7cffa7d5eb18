/** GGUF, version 3 (github.com/ggml-org/ggml/blob/master/docs/gguf.md): metadata and tensors in one file. */
import { writePartsAtomic } from '../../base/files.ts';
import type { GgufType } from '../formats.ts';
import { encodeBlocks, TENSOR_TYPE, typedBytes } from './blocks.ts';

/** Numbers of the types of metadata. */
const VALUE_TYPE = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9 } as const;
const VERSION = 3;
/** Tensors begin at multiples of this. */
const ALIGNMENT = 32;

/** A typed array stands for its numbers: one of them is a value, an Int32Array a list. */
export type GgufValue = string | boolean | Uint32Array | Float32Array | Int32Array | readonly string[];

export type GgufMetadata = ReadonlyMap<string, GgufValue>;

export interface GgufTensor {
  readonly name: string;
  /** The innermost axis last, as everywhere here; the file has it first. */
  readonly shape: readonly number[];
  readonly type: GgufType;
  /** In pieces of whole blocks, from the start each time. */
  readonly values: () => Iterable<Float32Array<ArrayBuffer>>;
}

export const uint32 = (value: number): Uint32Array => Uint32Array.of(value);
export const float32 = (value: number): Float32Array => Float32Array.of(value);

/** Writes a whole file or nothing, one piece of a tensor in memory at a time. Throws `disk`, `cancelled`. */
export function writeGgufFile(
  path: string,
  metadata: GgufMetadata,
  tensors: readonly GgufTensor[],
  signal?: AbortSignal,
): Promise<void> {
  return writePartsAtomic(path, parts(metadata, tensors), signal);
}

function* parts(metadata: GgufMetadata, tensors: readonly GgufTensor[]): Generator<Uint8Array> {
  const header = Buffer.concat([...headerParts(metadata, tensors)]);
  yield header;
  yield padding(header.length);
  for (const { type, shape, values } of tensors) {
    for (const piece of values()) yield encodeBlocks(type, piece);
    yield padding(typedBytes(type, shape));
  }
}

function* headerParts(metadata: GgufMetadata, tensors: readonly GgufTensor[]): Generator<Uint8Array> {
  yield Buffer.from('GGUF');
  yield bytesOf(uint32(VERSION));
  yield uint64(tensors.length);
  yield uint64(metadata.size);
  for (const [key, value] of metadata) {
    yield text(key);
    yield* typedValue(value);
  }
  let offset = 0;
  for (const { name, shape, type } of tensors) {
    yield text(name);
    yield bytesOf(uint32(shape.length));
    for (const size of shape.toReversed()) yield uint64(size);
    yield bytesOf(uint32(TENSOR_TYPE[type].id));
    yield uint64(offset);
    offset += aligned(typedBytes(type, shape));
  }
}

function* typedValue(value: GgufValue): Generator<Uint8Array> {
  const type = (name: keyof typeof VALUE_TYPE): Uint8Array => bytesOf(uint32(VALUE_TYPE[name]));
  if (typeof value === 'string') {
    yield type('string');
    yield text(value);
  } else if (typeof value === 'boolean') {
    yield type('bool');
    yield Uint8Array.of(Number(value));
  } else if (value instanceof Uint32Array) {
    yield type('uint32');
    yield bytesOf(value);
  } else if (value instanceof Float32Array) {
    yield type('float32');
    yield bytesOf(value);
  } else {
    yield type('array');
    yield type(value instanceof Int32Array ? 'int32' : 'string');
    yield uint64(value.length);
    if (value instanceof Int32Array) yield bytesOf(value);
    else for (const each of value) yield text(each);
  }
}

function text(value: string): Uint8Array {
  return Buffer.concat([uint64(Buffer.byteLength(value)), Buffer.from(value)]);
}

function uint64(value: number): Uint8Array {
  return bytesOf(BigUint64Array.of(BigInt(value)));
}

/** Little-endian, as every platform of ONNX Runtime is. */
function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

function padding(bytes: number): Uint8Array {
  return new Uint8Array(aligned(bytes) - bytes);
}
