import * as z from 'zod';
import { RemoteError } from '../../worker/protocol/rpc.ts';

/** Something that went wrong, and what to try. */
export const ProblemSchema = z.object({ message: z.string(), hint: z.string().optional() });
export type Problem = z.output<typeof ProblemSchema>;

/** An error as a page shows it. */
export function problemOf(error: unknown): Problem {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof RemoteError ? error.hint : undefined;
  return { message, ...(hint === undefined ? {} : { hint }) };
}
