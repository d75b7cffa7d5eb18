/** The processes of a window with Cloze. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'node:test';
import type { Process } from './host/processes.ts';
import type { Window } from './host/window.ts';
import { openCloze } from './session.ts';

const LONG = { timeout: 150_000 };

describe('a window with Cloze', () => {
  it('starts a worker on first need, and leaves none when its host ends in any way', LONG, async (t) => {
    const window = await openCloze(t);
    assert.deepEqual(workers(window), []);
    await workerEndsWith(window, async () =>
      process.kill(await window.evaluate(() => process.pid), 'SIGKILL'),
    );
    await window.reload();
    await workerEndsWith(window, () => window.reload());
    await workerEndsWith(window, () => window.close());
  });
});

/** Has a worker started, ends its host, and waits until the worker has gone too. */
async function workerEndsWith(window: Window, end: () => Promise<unknown>): Promise<void> {
  await window.evaluate((vscode) => void vscode.commands.executeCommand('cloze.showDevice'));
  await until(() => workers(window).length > 0);
  const [worker] = workers(window);
  await end();
  await until(() => !workers(window).some(({ pid }) => pid === worker?.pid));
}

/** The worker processes of a window's server. */
function workers(window: Window): Process[] {
  return window.server.processes().filter(({ command }) => command.includes('dist/worker.js'));
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(50);
}
