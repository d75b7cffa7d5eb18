/** Texts that a command reads from files. */
import { readFileSync } from 'node:fs';
import { ClozeError, messageOf, systemCode } from '../base/errors.ts';

/** The text of a UTF-8 file, without a byte order mark. Throws `data`. */
export function readText(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    const missing = systemCode(error) === 'ENOENT';
    throw new ClozeError('data', `cannot read ${path}: ${missing ? 'no such file' : messageOf(error)}`, {
      ...(missing ? { hint: `paths are relative to ${process.cwd()}` } : {}),
      cause: error,
      details: { path },
    });
  }
}

/** The lines of a UTF-8 file that are not empty. Throws `data`, also if there is none. */
export function readLines(path: string): string[] {
  const lines = readText(path)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  if (lines.length > 0) return lines;
  throw new ClozeError('data', `expected a text a line in ${path}, got an empty file`, { details: { path } });
}
