import { setTimeout as sleep } from 'node:timers/promises';
import { runOwner } from '../../worker/protocol/run-files.ts';
import type { RunStore } from './run-store.ts';
import { readRun, type StoredRun } from './stored-run.ts';

/** A worker whose window has gone saves its run and ends within 60 s (worker/main.ts): longer than that, in ms. */
const PATIENCE = 65_000;
const INTERVAL = 250;

/**
 * The run, once no process has it any more or too much time has gone by; undefined if there is none. It may be in
 * another folder than the store's: the setting may have changed since.
 */
export async function released(store: RunStore, path: string): Promise<StoredRun | undefined> {
  const end = performance.now() + PATIENCE;
  while (runOwner(path) !== undefined && performance.now() < end) {
    await sleep(INTERVAL, undefined, { ref: false });
  }
  await store.refresh();
  return store.find(path) ?? readRun(path);
}
