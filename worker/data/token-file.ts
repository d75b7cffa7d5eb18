import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { ClozeError, messageOf, systemCode } from '../base/errors.ts';
import type { Footer } from './token-format.ts';
import { bytesPerToken, FOOTER_BYTES, isSealed, readFooter } from './token-format.ts';

/** A long sequence of token ids, and where the documents in it begin. */
export interface TokenSequence {
  /** Tokens. */
  readonly length: number;
  /** Where each document begins, and `length` after the last one; each document includes its separator. */
  readonly documentStarts: Float64Array;
  /** The tokenizer's `eosId`, which ends each whole document. */
  readonly separator: number | undefined;
  /** Copies tokens `start` to `start + count` into `target` at `at`. */
  read(start: number, count: number, target: Int32Array, at?: number): void;
}

/**
 * A token file (token-format.ts), read in place: the tokens stay on disk. Close it when done.
 */
export class TokenFile implements TokenSequence {
  readonly path: string;
  readonly length: number;
  readonly documentStarts: Float64Array;
  readonly separator: number | undefined;
  readonly #fd: number;
  readonly #bytesPerToken: number;
  #scratch = Buffer.alloc(0);
  #closed = false;

  private constructor(path: string, fd: number, footer: Footer, documentStarts: Float64Array) {
    this.path = path;
    this.length = footer.tokens;
    this.documentStarts = documentStarts;
    this.separator = footer.separator;
    this.#fd = fd;
    this.#bytesPerToken = bytesPerToken(footer.vocabSize);
  }

  /** Opens a file and checks all of it: lengths, format and checksum. Throws `data` if it is damaged, and Node's system errors. */
  static open(path: string): TokenFile {
    const fd = openSync(path, 'r');
    try {
      const size = fstatSync(fd).size;
      const footerBytes = Buffer.alloc(FOOTER_BYTES);
      readFully(fd, footerBytes, Math.max(0, size - FOOTER_BYTES));
      const footer = readFooter(footerBytes, size);
      if (typeof footer === 'string') throw damaged(path, footer);
      const body = size - FOOTER_BYTES;
      if (!isSealed(footerBytes, checksum(fd, body))) throw damaged(path, 'its checksum differs');
      const starts = new Float64Array(footer.documents + 1);
      readFully(fd, Buffer.from(starts.buffer), body - starts.byteLength);
      return new TokenFile(path, fd, footer, starts);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** Documents, or parts of documents. */
  get documents(): number {
    return this.documentStarts.length - 1;
  }

  read(start: number, count: number, target: Int32Array, at = 0): void {
    if (start < 0 || start + count > this.length) {
      throw new RangeError(`tokens ${start} to ${start + count} of ${this.length} in ${this.path}`);
    }
    const bytes = count * this.#bytesPerToken;
    if (this.#scratch.byteLength < bytes) this.#scratch = Buffer.from(new ArrayBuffer(bytes));
    readFully(this.#fd, this.#scratch.subarray(0, bytes), start * this.#bytesPerToken);
    const Ids = this.#bytesPerToken === 2 ? Uint16Array : Uint32Array;
    target.set(new Ids(this.#scratch.buffer, 0, count), at);
  }

  close(): void {
    if (!this.#closed) closeSync(this.#fd);
    this.#closed = true;
  }
}

/** A token file, or undefined if there is none or it is damaged. Throws `data` if it cannot be read. */
export function openIfWhole(path: string): TokenFile | undefined {
  try {
    return TokenFile.open(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || (error instanceof ClozeError && error.code === 'data'))
      return undefined;
    throw new ClozeError('data', `cannot read ${path}: ${messageOf(error)}`, {
      cause: error,
      details: { path },
    });
  }
}

function damaged(path: string, why: string): ClozeError {
  return new ClozeError('data', `${path} is not a whole token file: ${why}`, { details: { path } });
}

/** Fills a buffer from a position in a file; what lies past the end stays as it was. */
function readFully(fd: number, buffer: Buffer, position: number): void {
  for (let done = 0; done < buffer.byteLength;) {
    const read = readSync(fd, buffer, done, buffer.byteLength - done, position + done);
    if (read === 0) return;
    done += read;
  }
}

function checksum(fd: number, length: number): number {
  const buffer = Buffer.allocUnsafe(Math.min(length, 1 << 20));
  let crc = 0;
  for (let done = 0; done < length; done += buffer.byteLength) {
    const chunk = buffer.subarray(0, Math.min(buffer.byteLength, length - done));
    readFully(fd, chunk, done);
    crc = crc32(chunk, crc);
  }
  return crc;
}
