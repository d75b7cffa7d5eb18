/** What Cloze costs a window, and what it leaves behind. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'node:test';
import type { Process } from './host/processes.ts';
import type { Window } from './host/window.ts';
import { openCloze } from './session.ts';

/** Of host time. */
const MAX_ACTIVATION_MS = 50;

const LONG = { timeout: 150_000 };

/** Lists of VS Code hold only the rows that can be seen. */
const TALL = { width: 1000, height: 2600 };

describe('a window with Cloze', () => {
  it(`activates it in at most ${MAX_ACTIVATION_MS} ms`, LONG, async (t) => {
    const window = await openCloze(t, { size: TALL });
    let best = await activationMs(window);
    // a start competes with all that VS Code does at its own start: the best of a few is what Cloze costs
    for (let i = 0; i < 4 && best > MAX_ACTIVATION_MS; i++) {
      await window.reload();
      best = Math.min(best, await activationMs(window));
    }
    t.diagnostic(`activation: ${best} ms`);
    assert.ok(best <= MAX_ACTIVATION_MS, `${best} ms`);
  });

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

/** What VS Code itself says that the activation took. */
async function activationMs(window: Window): Promise<number> {
  await window.command('workbench.action.showRuntimeExtensions');
  const row = window.page.locator('.runtime-extensions-editor .extension', { hasText: 'Cloze' });
  const text = await row.locator('.activation-time').textContent();
  const found = /(\d+)ms/.exec(text ?? '');
  if (found === null) throw new Error(`expected a time in "${text ?? ''}"`);
  return Number(found[1]);
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(50);
}
