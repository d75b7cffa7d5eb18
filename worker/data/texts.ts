import { createHash } from 'node:crypto';
import { ClozeError, messageOf } from '../base/errors.ts';
import { decodeChunk, readChunks } from './read.ts';
import type { Part } from './split.ts';

/** The texts of parts one after another, read from disk as they are asked for: what a tokenizer trains on. */
export function* documentTexts(parts: Iterable<Part>): Generator<string> {
  for (const part of parts) yield* partTexts(part);
}

/**
 * The text of one part, whole if it is at most 1 MiB, else in pieces that concatenate to it. Pieces begin with a
 * space where they can, which is where byte-level BPE's split pattern always cuts, so encoding the pieces gives
 * the ids of the whole. Throws `data` if the file is not what it was when it was collected.
 */
export function* partTexts(part: Part): Generator<string> {
  const { path, hash } = part.document;
  const digest = createHash('sha256');
  let position = 0;
  let pending = '';
  try {
    for (const chunk of readChunks(path)) {
      digest.update(chunk);
      const text = decodeChunk(chunk, position === 0);
      const taken = text.slice(boundary(text, part.start - position), boundary(text, part.end - position));
      position += text.length;
      if (position < part.document.characters) {
        const cut = pieceEnd(pending + taken);
        const piece = (pending + taken).slice(0, cut);
        pending = (pending + taken).slice(cut);
        if (piece !== '') yield piece;
      } else pending += taken;
    }
  } catch (error) {
    throw new ClozeError('data', `cannot read ${path}: ${messageOf(error)}`, {
      cause: error,
      details: { path },
    });
  }
  if (digest.digest('hex') !== hash) {
    throw new ClozeError('data', `${path} changed while it was being read`, {
      hint: 'start again; nothing was written',
      details: { path },
    });
  }
  if (pending !== '') yield pending;
}

/** Where to end a piece: before the last single space after something else than white space, or at the end. */
function pieceEnd(text: string): number {
  for (let i = text.lastIndexOf(' '); i > 0; i = text.lastIndexOf(' ', i - 1)) {
    if (/[^\s\u0085]/.test(text[i - 1]!)) return i;
  }
  return text.length;
}

/** An offset into a text, moved past the end of a surrogate pair that it would split. */
function boundary(text: string, offset: number): number {
  if (offset <= 0 || offset >= text.length) return Math.max(0, offset);
  return text.codePointAt(offset - 1)! > 0xffff ? offset + 1 : offset;
}
