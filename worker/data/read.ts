import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Bytes read at once: bounds the memory that a file of any size needs. */
const CHUNK_BYTES = 1 << 20;

/**
 * The bytes of a file in order, at most 1 MiB at a time, cut between UTF-8 characters. The buffer is reused:
 * a chunk is valid until the next one is asked for. Throws Node's system errors.
 */
export function* readChunks(path: string): Generator<Buffer> {
  const fd = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(Math.min(fstatSync(fd).size + 64, CHUNK_BYTES));
    for (let kept = 0; ;) {
      const read = readSync(fd, buffer, kept, buffer.byteLength - kept, null);
      const filled = kept + read;
      const end = read === 0 ? filled : wholeCharacters(buffer, filled);
      if (end > 0) yield buffer.subarray(0, end);
      if (read === 0) return;
      buffer.copyWithin(0, end, filled);
      kept = filled - end;
    }
  } finally {
    closeSync(fd);
  }
}

/** How many of the first `length` bytes are whole UTF-8 characters (all of them, if they are not UTF-8). */
function wholeCharacters(bytes: Uint8Array, length: number): number {
  for (let back = 1; back <= Math.min(3, length); back++) {
    const byte = bytes[length - back]!;
    if (byte >= 0xc0) {
      const need = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return need > back ? length - back : length;
    }
    if (byte < 0x80) break;
  }
  return length;
}

/** Text of a chunk of a file; a byte order mark at the start of the file is not part of its text. */
export function decodeChunk(chunk: Buffer, first: boolean): string {
  const text = chunk.toString('utf8');
  return first && text.startsWith('\uFEFF') ? text.slice(1) : text;
}
