import { mkdirSync, rmdirSync } from 'node:fs';
import { diskError } from '../base/files.ts';
import { RunLock } from '../training/lock.ts';

/**
 * Makes a run folder if it is missing and claims it for the time of `body`; one that was made and stayed empty goes
 * again. Throws `disk`, `locked`.
 */
export async function inRunFolder<T>(path: string, body: (lock: RunLock) => Promise<T>): Promise<T> {
  const made = makeFolder(path);
  try {
    const lock = await RunLock.acquire(path);
    try {
      return await body(lock);
    } finally {
      lock.release();
    }
  } finally {
    if (made) removeIfEmpty(path);
  }
}

function makeFolder(path: string): boolean {
  try {
    return mkdirSync(path, { recursive: true }) !== undefined;
  } catch (error) {
    throw diskError(path, error);
  }
}

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // there is something in it
  }
}
