import { setTimeout as sleep } from 'node:timers/promises';
import type { RunStore } from './run-store.ts';
import type { StoredRun } from './stored-run.ts';

/** A worker whose window has gone saves its run and ends within 60 s (worker/main.ts): longer than that, in ms. */
const PATIENCE = 65_000;
const INTERVAL = 250;

/** The run, once no process has it any more or too much time has gone by; undefined if there is none. */
export async function released(store: RunStore, path: string): Promise<StoredRun | undefined> {
  const end = performance.now() + PATIENCE;
  for (;;) {
    await store.refresh();
    const run = store.find(path);
    if (run?.owner === undefined || performance.now() > end) return run;
    await sleep(INTERVAL, undefined, { ref: false });
  }
}
