import type * as z from 'zod';
import { checked } from '../../base/checked.ts';
import { ClozeError } from '../../base/errors.ts';
import { parseJson } from './read-text.ts';

/** A value of a JSONL file, and where it stands. */
export interface JsonLine<T> {
  readonly where: string;
  readonly value: T;
}

export interface LineFormat<T> {
  readonly schema: z.ZodType<T>;
  /** A line as it should be, for who has written another. */
  readonly example: string;
}

/** One JSON value a line; empty lines are skipped. Throws `data` with the line of what is wrong. */
export function* jsonLines<T>(
  text: string,
  { schema, example }: LineFormat<T>,
  path: string,
): Generator<JsonLine<T>> {
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const where = `${path}:${i + 1}`;
    yield { where, value: valueOf(() => checked(parseJson(line, where), schema, where, 'data'), example) };
  }
}

function valueOf<T>(read: () => T, example: string): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ClozeError) || error.hint !== undefined) throw error;
    const hint = `a line is ${example}`;
    throw new ClozeError(error.code, error.message, { cause: error, hint, details: error.details });
  }
}
