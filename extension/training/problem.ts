import { join } from 'node:path';
import type { RemoteError } from '../../worker/protocol/rpc.ts';
import { refusal } from '../platform/problem.ts';
import type { StoredRun } from './stored-run.ts';

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
