import { RemoteError } from '../../worker/protocol/rpc.ts';
import type { Problem } from '../protocol/problem.ts';

/** What went wrong, in words for the page. */
export function problemOf(error: unknown): Problem {
  if (error instanceof RemoteError) return { message: error.message, hint: error.hint };
  return { message: error instanceof Error ? error.message : String(error) };
}
