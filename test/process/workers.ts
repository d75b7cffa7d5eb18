/** Worker processes under their supervisor, as the extension has them, for tests. */
import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { WatchTimes } from '../../extension/worker/hang-watch.ts';
import { type Crash, WorkerSupervisor, type WorkerState } from '../../extension/worker/supervisor.ts';
import type { WorkerRole } from '../../worker/protocol/methods.ts';

export const WORKER = fileURLToPath(new URL('../../dist/worker.js', import.meta.url));

/** A worker that misbehaves as its environment says. */
export const FAKE_WORKER = fileURLToPath(new URL('./fake-worker.js', import.meta.url));

export interface Supervised {
  readonly supervisor: WorkerSupervisor;
  readonly call: WorkerSupervisor['call'];
  readonly lines: readonly string[];
  readonly states: readonly WorkerState[];
  readonly crashes: readonly Crash[];
}

export interface SupervisedOptions {
  readonly script?: string;
  readonly role?: WorkerRole;
  readonly env?: Readonly<Record<string, string>>;
  readonly handshake?: number;
  readonly restarts?: number;
  readonly watchTimes?: WatchTimes;
  readonly priority?: number;
  readonly grace?: number;
}

/** A supervisor whose process is gone after the test. */
export function supervised(t: TestContext, options: SupervisedOptions = {}): Supervised {
  const { script = WORKER, role = 'trainer', env, handshake = 30_000, priority = 0 } = options;
  const lines: string[] = [];
  const states: WorkerState[] = [];
  const crashes: Crash[] = [];
  const supervisor = new WorkerSupervisor({
    worker: () => ({
      script,
      role,
      priority,
      env: { ...process.env, ...env },
      handshake,
      onLine: (line) => lines.push(line),
    }),
    restarts: () => options.restarts ?? 5,
    onState: (state) => states.push(state),
    onCrash: (crash) => crashes.push(crash),
    watchTimes: options.watchTimes,
    grace: options.grace,
  });
  t.after(() => supervisor.dispose());
  return { supervisor, call: supervisor.call, lines, states, crashes };
}

/** Whether there is such a process; one that has ended and that nobody has waited for is none. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return process.platform !== 'linux' || !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

/** Waits until it is so; throws after `patience` ms. */
export async function until(isSo: () => boolean, what: string, patience = 10_000): Promise<void> {
  const start = performance.now();
  while (!isSo()) {
    if (performance.now() - start > patience) throw new Error(`not within ${patience} ms: ${what}`);
    await sleep(20);
  }
}
