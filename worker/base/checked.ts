import type * as z from 'zod';
import { ClozeError } from './errors.ts';

/** Checks a value against a schema; `where` names it in the error. */
export function checked<T>(
  value: unknown,
  schema: z.ZodType<T>,
  where: string,
  code: 'config' | 'checkpoint' | 'tokenizer' | 'data' | 'usage' = 'config',
  hint?: string,
): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''}${issue.message}`);
  throw new ClozeError(code, `${where}: ${problems.join('; ')}`, { hint, details: { problems } });
}
