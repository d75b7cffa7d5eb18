import { ClozeError } from '../base/errors.ts';
import { byteCount, type Dtype, type TypedArray } from './dtypes.ts';
import { decodeFloats, isFloatDtype } from './floats.ts';

/** What a file says about one tensor. */
export interface TensorInfo {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly bytes: number;
}

/** Named tensors on disk. Opening reads headers only; a tensor is read when asked for. Throws `checkpoint`. */
export interface TensorSource {
  /** Where the tensors come from, for messages. */
  readonly path: string;
  /** Sorted. */
  readonly names: readonly string[];
  /** Those that mean something only if they are read: what an adapter changes. */
  readonly required?: readonly string[];
  has(name: string): boolean;
  info(name: string): TensorInfo;
  /** The little-endian bytes, in pieces of a few MB; a piece is valid until the next one is asked for. */
  chunks(name: string): Iterable<Uint8Array>;
  /** As the dtype's own typed array; F16 and BF16 as their bits. */
  readTyped(name: string): TypedArray;
  /** Any floating-point dtype as float32. */
  readFloat32(name: string): Float32Array;
  /** Where a tensor's bytes are, if they lie in a file as they are read. */
  place(name: string): TensorPlace | undefined;
  close(): void;
}

/** A range of a file. */
export interface TensorPlace {
  readonly path: string;
  readonly offset: number;
}

/** A tensor of any floating-point dtype as float32, in pieces of a few MB. Throws `checkpoint`. */
export function* float32Chunks(source: TensorSource, name: string): Generator<Float32Array<ArrayBuffer>> {
  const { dtype } = source.info(name);
  if (!isFloatDtype(dtype)) throw notFloat(source.path, name, dtype);
  for (const { buffer, byteOffset, byteLength } of source.chunks(name)) {
    const bytes = new Uint8Array(buffer, byteOffset, byteLength).slice().buffer;
    const values = new Float32Array(byteLength / byteCount(dtype, [])!);
    decodeFloats(dtype, bytes, values, 0);
    yield values;
  }
}

export function notFloat(path: string, name: string, dtype: Dtype): ClozeError {
  return new ClozeError(
    'checkpoint',
    `${path}: tensor ${name}: expected a floating-point dtype, got ${dtype}`,
    {
      details: { path, tensor: name },
    },
  );
}

export function noSuchTensor(path: string, name: string): ClozeError {
  return new ClozeError('checkpoint', `${path} holds no tensor ${name}`, { details: { path, tensor: name } });
}
