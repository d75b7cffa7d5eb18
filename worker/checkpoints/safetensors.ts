import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { ClozeError, messageOf, systemCode } from '../base/errors.ts';
import { writePartsAtomicSync } from '../base/files.ts';
import type { Dtype, TypedArray } from './dtypes.ts';
import { bitsOf, byteCount, typedView } from './dtypes.ts';
import type { WritableFloatDtype } from './floats.ts';
import { decodeFloats, encodeFloats, isFloatDtype } from './floats.ts';
import type { TensorEntry } from './header.ts';
import { encodeHeader, failIn, headerLength, LENGTH_BYTES, parseHeader } from './header.ts';
import type { TensorInfo, TensorPlace, TensorSource } from './source.ts';
import { noSuchTensor, notFloat } from './source.ts';

/** The most that is read or converted at once; a multiple of every element size. */
const CHUNK_BYTES = 4 << 20;

/**
 * A safetensors file (https://github.com/huggingface/safetensors), open for reading. The whole header is checked
 * on opening; a tensor's data is read when asked for.
 */
export class SafetensorsFile implements TensorSource {
  readonly path: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly names: readonly string[];
  readonly #tensors: ReadonlyMap<string, TensorEntry>;
  readonly #dataStart: number;
  #fd: number | undefined;

  /** Throws `checkpoint` if the file can not be opened or its header is not sound. */
  constructor(path: string) {
    this.path = path;
    this.#fd = openToRead(path);
    try {
      const fileBytes = fstatSync(this.#fd).size;
      const first = this.#readAt(new Uint8Array(Math.min(LENGTH_BYTES, fileBytes)), 0);
      const length = headerLength(path, first, fileBytes);
      this.#dataStart = LENGTH_BYTES + length;
      const header = this.#readAt(new Uint8Array(length), LENGTH_BYTES);
      const { tensors, metadata } = parseHeader(path, header, fileBytes - this.#dataStart);
      this.#tensors = tensors;
      this.metadata = metadata;
      this.names = [...tensors.keys()].sort();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  info(name: string): TensorInfo {
    const { dtype, shape, bytes } = this.#entry(name);
    return { dtype, shape, bytes };
  }

  *chunks(name: string): Generator<Uint8Array<ArrayBuffer>> {
    const { begin, bytes } = this.#entry(name);
    const chunk = new Uint8Array(Math.min(bytes, CHUNK_BYTES));
    for (let done = 0; done < bytes; done += chunk.length) {
      const rest = bytes - done;
      yield this.#readAt(rest < chunk.length ? new Uint8Array(rest) : chunk, this.#dataStart + begin + done);
    }
  }

  readTyped(name: string): TypedArray {
    const { dtype, begin, bytes } = this.#entry(name);
    const out = new Uint8Array(bytes);
    for (let done = 0; done < bytes; done += CHUNK_BYTES) {
      this.#readAt(out.subarray(done, done + CHUNK_BYTES), this.#dataStart + begin + done);
    }
    return typedView(dtype, out.buffer);
  }

  readFloat32(name: string): Float32Array {
    const { dtype, bytes } = this.#entry(name);
    if (!isFloatDtype(dtype)) throw notFloat(this.path, name, dtype);
    const whole = dtype === 'F32' ? this.readTyped(name) : undefined;
    if (whole instanceof Float32Array) return whole;
    const elementBytes = byteCount(dtype, [])!;
    const out = new Float32Array(bytes / elementBytes);
    let done = 0;
    for (const chunk of this.chunks(name)) {
      decodeFloats(dtype, chunk.buffer, out, done);
      done += chunk.length / elementBytes;
    }
    return out;
  }

  place(name: string): TensorPlace {
    return { path: this.path, offset: this.#dataStart + this.#entry(name).begin };
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #entry(name: string): TensorEntry {
    const entry = this.#tensors.get(name);
    if (entry === undefined) throw noSuchTensor(this.path, name);
    return entry;
  }

  /** Fills `target` from a position in the file. */
  #readAt<T extends Uint8Array>(target: T, position: number): T {
    const fail = failIn(this.path);
    if (this.#fd === undefined) return fail('read after close');
    for (let done = 0; done < target.length;) {
      const read = readSync(this.#fd, target, done, target.length - done, position + done);
      if (read === 0) {
        return fail(
          `expected ${target.length} bytes at ${position}, got ${done}: the file has become shorter`,
        );
      }
      done += read;
    }
    return target;
  }
}

function openToRead(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    const why = systemCode(error) === 'ENOENT' ? 'no such file' : messageOf(error);
    throw new ClozeError('checkpoint', `cannot read ${path}: ${why}`, { cause: error, details: { path } });
  }
}

/** A tensor to write: `chunks` gives its little-endian bytes, from the start each time. */
export interface TensorData extends TensorInfo {
  readonly chunks: () => Iterable<Uint8Array>;
}

/** A tensor from a typed array of the dtype (F16 and BF16: their bits). Throws `checkpoint` on another size. */
export function tensorOf(dtype: Dtype, shape: readonly number[], data: ArrayBufferView): TensorData {
  const bytes = sizeOf(dtype, shape, data.byteLength);
  return {
    dtype,
    shape,
    bytes,
    chunks: () => [new Uint8Array(data.buffer, data.byteOffset, data.byteLength)],
  };
}

/** A tensor from float32 values, converted piece by piece while it is written. Throws `checkpoint`. */
export function floatTensor(
  shape: readonly number[],
  values: Float32Array,
  dtype: WritableFloatDtype = 'F32',
): TensorData {
  const elementBytes = byteCount(dtype, [])!;
  const bytes = sizeOf(dtype, shape, values.length * elementBytes);
  const step = CHUNK_BYTES / elementBytes;
  return {
    dtype,
    shape,
    bytes,
    *chunks() {
      for (let i = 0; i < values.length; i += step) yield encodeFloats(dtype, values.subarray(i, i + step));
    },
  };
}

/** A tensor that is copied from a source without being held in memory. */
export function copyOf(source: TensorSource, name: string): TensorData {
  return { ...source.info(name), chunks: () => source.chunks(name) };
}

function sizeOf(dtype: Dtype, shape: readonly number[], got: number): number {
  const bytes = byteCount(dtype, shape);
  if (bytes === got) return bytes;
  const expected = bytes === undefined ? 'no whole number of' : String(bytes);
  throw new ClozeError('checkpoint', `${dtype} [${shape.join(', ')}] takes ${expected} bytes, got ${got}`, {
    details: { dtype, shape, expected: bytes, got },
  });
}

/**
 * Writes a whole file or nothing. The same tensors give the same bytes: wide dtypes first, which keeps every
 * tensor aligned to its element, then by name. Throws `disk`.
 */
export function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, TensorData>,
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
): void {
  const ordered = [...tensors].sort(
    ([a, { dtype: x }], [b, { dtype: y }]) => bitsOf(y) - bitsOf(x) || (a < b ? -1 : 1),
  );
  if (tensors.has('__metadata__')) failIn(path)('no tensor may be named __metadata__');
  try {
    writePartsAtomicSync(path, parts(path, ordered, metadata));
  } catch (error) {
    // what a tensor's source says about itself is not a failure of this disk
    if (error instanceof Error && error.cause instanceof ClozeError) throw error.cause;
    throw error;
  }
}

function* parts(
  path: string,
  ordered: readonly (readonly [string, TensorData])[],
  metadata: Readonly<Record<string, string>>,
): Generator<Uint8Array> {
  yield encodeHeader(ordered, metadata);
  for (const [name, tensor] of ordered) {
    let written = 0;
    for (const chunk of tensor.chunks()) {
      written += chunk.length;
      yield chunk;
    }
    if (written !== tensor.bytes) {
      failIn(path)(`tensor ${name}: expected ${tensor.bytes} bytes to write, got ${written}`, {
        tensor: name,
      });
    }
  }
}
