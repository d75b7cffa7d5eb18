import type { Problem } from '../../webview/protocol/problem.ts';
import { RemoteError } from '../../worker/protocol/rpc.ts';

/** An error as a page shows it. */
export function problemOf(error: unknown): Problem {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof RemoteError ? error.hint : undefined;
  return { message, ...(hint === undefined ? {} : { hint }) };
}

/** Something that can not be done as things are. */
export function refusal(message: string, hint?: string): RemoteError {
  return new RemoteError(message, { code: 'usage', hint });
}
