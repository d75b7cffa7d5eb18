import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { lstatSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { isLockFile, isMinifiedName, isProse, isSecretName } from './names.ts';
import { decodeChunk, readChunks } from './read.ts';
import type { Reason } from './reasons.ts';
import { holdsSecret, SECRET_SPAN } from './secrets.ts';

/** A file whose text is trained on. The text itself stays on disk. */
export interface Document {
  /** Absolute. */
  readonly path: string;
  readonly bytes: number;
  /** UTF-16 units, a byte order mark not counted. */
  readonly characters: number;
  /** SHA-256 of the bytes, hex. */
  readonly hash: string;
}

/** Minified: more than half of the characters sit on lines longer than this. */
const LONG_LINE = 500;

/**
 * Reads a file once, a chunk at a time, and says whether it becomes a document or why not. A file that the
 * user named himself (`named`) is only left out if it cannot or must not be trained on.
 */
export function inspectFile(path: string, named: boolean, maxFileBytes: number): Document | Reason {
  const name = basename(path);
  if (isSecretName(name)) return 'secret';
  if (!named && isLockFile(name)) return 'lock';
  if (!named && isMinifiedName(name)) return 'minified';
  try {
    const stat = named ? statSync(path) : lstatSync(path);
    if (!stat.isFile()) return 'unreadable'; // a pipe, socket or device: opening it could block
    return inspectContent(path, named || isProse(name), named ? Infinity : maxFileBytes);
  } catch {
    return 'unreadable';
  }
}

function inspectContent(path: string, longLinesAllowed: boolean, maxBytes: number): Document | Reason {
  const hash = createHash('sha256');
  const lines = new LineLengths();
  let bytes = 0;
  let characters = 0;
  let blank = true;
  let tail = '';
  for (const chunk of readChunks(path)) {
    if (chunk.includes(0)) return 'binary';
    if (bytes + chunk.byteLength > maxBytes) return 'too-large';
    if (!isUtf8(chunk)) return 'not-utf8';
    const text = decodeChunk(chunk, bytes === 0);
    if (holdsSecret(tail === '' ? text : tail + text)) return 'secret';
    tail = text.slice(-SECRET_SPAN);
    blank &&= text.trim() === '';
    hash.update(chunk);
    bytes += chunk.byteLength;
    characters += text.length;
    if (!longLinesAllowed) lines.add(text);
  }
  if (blank) return 'empty';
  if (lines.charactersOnLongLines() * 2 > characters) return 'minified';
  return { path, bytes, characters, hash: hash.digest('hex') };
}

/** Counts the characters on long lines of a text that comes in pieces. */
class LineLengths {
  #current = 0;
  #long = 0;

  add(text: string): void {
    for (let start = 0; start < text.length;) {
      const newline = text.indexOf('\n', start);
      this.#current += (newline < 0 ? text.length : newline) - start;
      if (newline < 0) return;
      this.#endLine();
      start = newline + 1;
    }
  }

  charactersOnLongLines(): number {
    this.#endLine();
    return this.#long;
  }

  #endLine(): void {
    if (this.#current > LONG_LINE) this.#long += this.#current;
    this.#current = 0;
  }
}
