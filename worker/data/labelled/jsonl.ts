import type * as z from 'zod';
import { checked } from '../../base/checked.ts';
import { refuseMisspelt } from './misspelt.ts';
import { parseJson } from './read-text.ts';

/** A value of a JSONL file, and where it stands. */
export interface JsonLine<T> {
  readonly where: string;
  readonly value: T;
}

export interface LineFormat<T> {
  readonly schema: z.ZodType<T>;
  /** All that are known. */
  readonly fields: readonly string[];
  /** A line as it should be, for who has written another. */
  readonly example: string;
}

/** One JSON object a line; empty lines are skipped. Throws `data` with the line of what is wrong. */
export function* jsonLines<T>(
  text: string,
  { schema, fields, example }: LineFormat<T>,
  path: string,
): Generator<JsonLine<T>> {
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const where = `${path}:${i + 1}`;
    const hint = `a line is ${example}`;
    const value = parseJson(line, where, hint);
    if (typeof value === 'object' && value !== null) refuseMisspelt(Object.keys(value), fields, where);
    yield { where, value: checked(value, schema, where, 'data', hint) };
  }
}
