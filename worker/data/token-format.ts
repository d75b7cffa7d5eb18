import { crc32 } from 'node:zlib';

/**
 * What the end of a token file says. The file is little-endian, in this order:
 *   tokens           uint16 each if the vocabulary has at most 65,536 entries, else uint32
 *   document starts  float64 each, in tokens; one more than there are documents
 *   footer           40 bytes, below; last, so that a file cut short cannot pass for a whole one
 */
export interface Footer {
  readonly vocabSize: number;
  readonly tokens: number;
  readonly documents: number;
  readonly separator: number | undefined;
}

const MAGIC = 'CLOZETOK';
const VERSION = 1;
/** Where in the footer the CRC-32 of all that is before it stands. */
const CHECKSUM_AT = 36;
export const FOOTER_BYTES = 40;

export function bytesPerToken(vocabSize: number): 2 | 4 {
  return vocabSize <= 0x10000 ? 2 : 4;
}

/** The footer's bytes; `bodyChecksum` is the CRC-32 of everything before them. */
export function writeFooter(footer: Footer, bodyChecksum: number): Buffer {
  const bytes = Buffer.alloc(FOOTER_BYTES);
  bytes.write(MAGIC, 0, 'latin1');
  bytes.writeUInt32LE(VERSION, 8);
  bytes.writeUInt32LE(footer.vocabSize, 12);
  bytes.writeDoubleLE(footer.tokens, 16);
  bytes.writeDoubleLE(footer.documents, 24);
  bytes.writeInt32LE(footer.separator ?? -1, 32);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, CHECKSUM_AT), bodyChecksum), CHECKSUM_AT);
  return bytes;
}

/** The footer of a file of `fileBytes` bytes, or what is wrong with it. */
export function readFooter(bytes: Buffer, fileBytes: number): Footer | string {
  if (fileBytes < FOOTER_BYTES) return `expected at least ${FOOTER_BYTES} bytes, got ${fileBytes}`;
  if (bytes.toString('latin1', 0, 8) !== MAGIC) return 'its footer is missing';
  if (bytes.readUInt32LE(8) !== VERSION) return `expected version ${VERSION}, got ${bytes.readUInt32LE(8)}`;
  const separator = bytes.readInt32LE(32);
  const footer: Footer = {
    vocabSize: bytes.readUInt32LE(12),
    tokens: bytes.readDoubleLE(16),
    documents: bytes.readDoubleLE(24),
    separator: separator < 0 ? undefined : separator,
  };
  const expected =
    footer.tokens * bytesPerToken(footer.vocabSize) + (footer.documents + 1) * 8 + FOOTER_BYTES;
  return expected === fileBytes ? footer : `expected ${expected} bytes, got ${fileBytes}`;
}

/** Whether the footer's checksum is that of the file. */
export function isSealed(bytes: Buffer, bodyChecksum: number): boolean {
  return bytes.readUInt32LE(CHECKSUM_AT) === crc32(bytes.subarray(0, CHECKSUM_AT), bodyChecksum);
}
