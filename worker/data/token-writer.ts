import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { ClozeError } from '../base/errors.ts';
import { diskError, syncFolder, temporaryBeside } from '../base/files.ts';
import { bytesPerToken, writeFooter } from './token-format.ts';

/** Tokens held before they are written. */
const BUFFER_TOKENS = 1 << 18;

/**
 * Writes a token file (token-format.ts) as tokens come, in bounded memory: to a temporary file, which takes the
 * name on `commit` and goes on `discard`. Throws `disk`.
 */
export class TokenWriter {
  readonly #path: string;
  readonly #temporary: string;
  readonly #fd: number;
  readonly #vocabSize: number;
  readonly #separator: number | undefined;
  readonly #buffer: Uint16Array | Uint32Array;
  readonly #starts: number[] = [0];
  #tokens = 0;
  #checksum = 0;
  #open = true;

  constructor(path: string, vocabSize: number, separator: number | undefined) {
    this.#path = path;
    this.#temporary = temporaryBeside(path);
    this.#vocabSize = vocabSize;
    this.#separator = separator;
    this.#buffer =
      bytesPerToken(vocabSize) === 2 ? new Uint16Array(BUFFER_TOKENS) : new Uint32Array(BUFFER_TOKENS);
    this.#fd = this.#disk(() => openSync(this.#temporary, 'wx'));
  }

  /** Throws `tokenizer` for an id outside the vocabulary. */
  write(ids: Iterable<number>): void {
    for (const id of ids) {
      if (!(id >= 0 && id < this.#vocabSize)) {
        throw new ClozeError('tokenizer', `expected token ids below ${this.#vocabSize}, got ${id}`);
      }
      const at = this.#tokens++ % BUFFER_TOKENS;
      this.#buffer[at] = id;
      if (at === BUFFER_TOKENS - 1) this.#append(this.#buffer);
    }
  }

  endDocument(): void {
    this.#starts.push(this.#tokens);
  }

  commit(): void {
    this.#append(this.#buffer.subarray(0, this.#tokens % BUFFER_TOKENS));
    this.#append(Float64Array.from(this.#starts));
    const footer = {
      vocabSize: this.#vocabSize,
      tokens: this.#tokens,
      documents: this.#starts.length - 1,
      separator: this.#separator,
    };
    this.#append(writeFooter(footer, this.#checksum));
    this.#disk(() => {
      fsyncSync(this.#fd);
      this.#close();
      renameSync(this.#temporary, this.#path);
      syncFolder(dirname(this.#path));
    });
  }

  discard(): void {
    this.#close();
    rmSync(this.#temporary, { force: true });
  }

  #close(): void {
    if (this.#open) closeSync(this.#fd);
    this.#open = false;
  }

  #append(values: NodeJS.ArrayBufferView): void {
    const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    this.#checksum = crc32(bytes, this.#checksum);
    this.#disk(() => {
      for (let done = 0; done < bytes.byteLength;) done += writeSync(this.#fd, bytes, done);
    });
  }

  #disk<T>(write: () => T): T {
    try {
      return write();
    } catch (error) {
      throw diskError(this.#path, error);
    }
  }
}
