import { ClozeError, messageOf } from '../base/errors.ts';
import { byteCount, bitsOf, DTYPES, elementCount, isDtype } from './dtypes.ts';
import type { TensorInfo } from './source.ts';
import { duplicateKey } from './duplicate-key.ts';

/** The format's own limit, which bounds what a hostile file can make a reader allocate. */
export const MAX_HEADER_BYTES = 100_000_000;

/** The u64 in front of the header. */
export const LENGTH_BYTES = 8;

export interface TensorEntry extends TensorInfo {
  /** First byte, counted from the end of the header. */
  readonly begin: number;
}

export interface Header {
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A hostile header, with names and shapes of 100 MB, must not make a message of that length. */
const MAX_MESSAGE_LENGTH = 400;

export type Fail = (message: string, details?: Record<string, unknown>) => never;

/** Makes errors that name the file, and the tensor where there is one. */
export function failIn(path: string, hint?: string): Fail {
  return (message, details = {}) => {
    const short =
      message.length <= MAX_MESSAGE_LENGTH ? message : `${message.slice(0, MAX_MESSAGE_LENGTH)}...`;
    throw new ClozeError('checkpoint', `${path}: ${short}`, {
      details: { path, ...details },
      ...(hint === undefined ? {} : { hint }),
    });
  };
}

/**
 * Checks the length that a file begins with, before anything of that length is allocated. `first` is the file's
 * first 8 bytes, or fewer if it has fewer.
 */
export function headerLength(path: string, first: Uint8Array, fileBytes: number): number {
  const fail = failIn(path);
  if (new TextDecoder().decode(first) === 'version ') {
    failIn(path, 'run `git lfs pull` in that folder')('expected safetensors, got a Git LFS pointer');
  }
  if (first.length < LENGTH_BYTES) {
    fail(`expected the ${LENGTH_BYTES} bytes of a header length, got a file of ${fileBytes} bytes`);
  }
  const length = new DataView(first.buffer, first.byteOffset).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    fail(`the header is said to be ${String(length)} bytes long, at most ${MAX_HEADER_BYTES} are allowed`);
  }
  const rest = fileBytes - LENGTH_BYTES;
  if (Number(length) > rest) {
    fail(`the header is said to be ${String(length)} bytes long, but only ${rest} follow: truncated?`);
  }
  return Number(length);
}

/** Checks a header against the `dataBytes` that follow it. */
export function parseHeader(path: string, bytes: Uint8Array, dataBytes: number): Header {
  const fail = failIn(path);
  const json = parseJson(bytes, fail);
  const { __metadata__: metadata, ...rest } = json;
  const tensors = new Map<string, TensorEntry>();
  for (const [name, value] of Object.entries(rest))
    tensors.set(name, checkEntry(name, value, dataBytes, fail));
  checkCoverage(tensors, dataBytes, fail);
  return { tensors, metadata: checkMetadata(metadata, fail) };
}

function parseJson(bytes: Uint8Array, fail: Fail): Record<string, unknown> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return fail('the header is not UTF-8');
  }
  if (!text.startsWith('{'))
    return fail(`the header must begin with {, got ${JSON.stringify(text.slice(0, 8))}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return fail(`the header is not JSON: ${messageOf(error)}`);
  }
  const twice = duplicateKey(text);
  if (twice !== undefined) return fail(`the header has the key ${shown(twice)} twice`, { key: twice });
  return isRecord(value) ? value : fail('the header is not an object');
}

/** A value for a message, cut so that the rest of the message is still read. */
function shown(value: unknown): string {
  const json = value === undefined ? 'nothing' : JSON.stringify(value);
  return json.length <= 80 ? json : `${json.slice(0, 80)}...`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function checkEntry(name: string, value: unknown, dataBytes: number, failFile: Fail): TensorEntry {
  const fail: Fail = (message) => failFile(`tensor ${name}: ${message}`, { tensor: name });
  if (!isRecord(value)) return fail(`expected dtype, shape and data_offsets, got ${shown(value)}`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !isDtype(dtype)) {
    return fail(`unknown dtype ${shown(dtype)}, expected one of ${DTYPES.join(' ')}`);
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    return fail(`shape must be a list of whole numbers from 0, got ${shown(shape)}`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    return fail(`data_offsets must be two whole numbers from 0, got ${shown(offsets)}`);
  }
  const [begin = 0, end = 0] = offsets;
  if (begin > end) return fail(`data_offsets must not run backwards, got [${begin}, ${end}]`);
  const bytes = byteCount(dtype, shape);
  if (bytes === undefined) {
    const why = elementCount(shape) === undefined ? 'has too many elements' : 'does not fill whole bytes';
    return fail(`shape [${shape.join(', ')}] of ${bitsOf(dtype)}-bit ${dtype} ${why}`);
  }
  if (bytes !== end - begin) {
    return fail(`${dtype} [${shape.join(', ')}] takes ${bytes} bytes, data_offsets give it ${end - begin}`);
  }
  if (end > dataBytes) {
    return fail(`data_offsets end at byte ${end}, but the file holds ${dataBytes} bytes of data: truncated?`);
  }
  return { dtype, shape, bytes, begin };
}

/** Tensors must cover the data exactly: no overlap, no hole, nothing after the last. */
function checkCoverage(tensors: ReadonlyMap<string, TensorEntry>, dataBytes: number, fail: Fail): void {
  const ordered = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.bytes - b.bytes);
  let end = 0;
  let before = 'the header';
  for (const [name, entry] of ordered) {
    if (entry.begin < end) {
      fail(`tensor ${name} begins at byte ${entry.begin} and overlaps ${before}, which ends at ${end}`, {
        tensor: name,
      });
    }
    if (entry.begin > end) {
      fail(`tensor ${name} begins at byte ${entry.begin}, a hole after ${before}, which ends at ${end}`, {
        tensor: name,
      });
    }
    end = entry.begin + entry.bytes;
    before = `tensor ${name}`;
  }
  if (end !== dataBytes) fail(`expected ${end} bytes of data, got ${dataBytes}: bytes after the last tensor`);
}

function checkMetadata(value: unknown, fail: Fail): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isRecord(value)) return fail(`__metadata__ must be an object, got ${shown(value)}`);
  return Object.fromEntries(
    Object.entries(value).map(([key, text]) => {
      if (typeof text === 'string') return [key, text];
      return fail(`__metadata__ holds strings only, got ${shown(text)} for ${shown(key)}`);
    }),
  );
}

/**
 * The length and header of a file that holds `tensors` in this order. The header is padded with spaces to a
 * multiple of 8 bytes, so that the data begins aligned.
 */
export function encodeHeader(
  tensors: Iterable<readonly [string, TensorInfo]>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const entries: [string, unknown][] = [['__metadata__', metadata]];
  let begin = 0;
  for (const [name, { dtype, shape, bytes }] of tensors) {
    entries.push([name, { dtype, shape, data_offsets: [begin, begin + bytes] }]);
    begin += bytes;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const length = Math.ceil(json.length / 8) * 8;
  const out = new Uint8Array(LENGTH_BYTES + length).fill(0x20);
  new DataView(out.buffer).setBigUint64(0, BigInt(length), true);
  out.set(json, LENGTH_BYTES);
  return out;
}
