/** A place in a file, as the command line names it. */
import { ClozeError } from '../base/errors.ts';
import { readText } from './text-file.ts';

/** The text before a place FILE:LINE:COLUMN and after it. Throws `usage` for no such place, `data` for no such file. */
export function textAround(place: string): { prefix: string; suffix: string } {
  const { path, line, column } = parsePlace(place);
  const text = readText(path);
  const offset = offsetAt(text, line, column);
  return { prefix: text.slice(0, offset), suffix: text.slice(offset) };
}

/** Throws `usage`. */
function parsePlace(place: string): { path: string; line: number; column: number } {
  const [, path, line, column] = /^(.+):(\d+):(\d+)$/.exec(place) ?? [];
  if (path !== undefined) return { path, line: Number(line), column: Number(column) };
  throw new ClozeError('usage', `expected FILE:LINE:COLUMN, got ${place}`, {
    hint: 'line and column count from 1, for example src/main.ts:12:18',
  });
}

/** The offset of a 1-based line and column (in UTF-16 units, as editors count). Throws `usage` outside the text. */
export function offsetAt(text: string, line: number, column: number): number {
  const lines = text.split('\n');
  const found = lines[line - 1];
  if (found === undefined || line < 1) {
    throw new ClozeError('usage', `there is no line ${line}: expected 1 to ${lines.length}`);
  }
  const length = found.replace(/\r$/, '').length;
  if (column < 1 || column > length + 1) {
    throw new ClozeError('usage', `line ${line} has no column ${column}: expected 1 to ${length + 1}`);
  }
  return lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
}
