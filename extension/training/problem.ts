import { join } from 'node:path';
import { RemoteError } from '../../worker/protocol/rpc.ts';
import type { Problem } from './session-memory.ts';
import type { StoredRun } from './stored-run.ts';

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

/** In a run's folder, while a process has it (worker/training/lock.ts). */
const LOCK_FILE = '.lock';

/** A run that a process has that is not this window's. One of another machine may be long dead: its file would stay. */
export function trainedElsewhere({ name, path, owner }: StoredRun): RemoteError {
  const who = owner === undefined ? 'another process' : `process ${owner.pid} on ${owner.host}`;
  return refusal(
    `the run ${name} is being trained by ${who}, perhaps another window's`,
    `stop it there; if it is not trained there any more, remove ${join(path, LOCK_FILE)}`,
  );
}
