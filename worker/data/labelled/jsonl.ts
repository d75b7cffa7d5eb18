import type * as z from 'zod';
import { checked } from '../../base/checked.ts';
import { parseJson } from './read-text.ts';

/** A value of a JSONL file, and where it stands. */
export interface JsonLine<T> {
  readonly where: string;
  readonly value: T;
}

/** One JSON value a line; empty lines are skipped. Throws `data` with the line of what is wrong. */
export function* jsonLines<T>(text: string, schema: z.ZodType<T>, path: string): Generator<JsonLine<T>> {
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const where = `${path}:${i + 1}`;
    yield { where, value: checked(parseJson(line, where), schema, where, 'data') };
  }
}
