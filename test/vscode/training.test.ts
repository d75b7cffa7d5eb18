/** Training runs in a real VS Code, and what may happen to them there. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { eventually } from './eventually.ts';
import { TINY_FORM } from './run-on-disk.ts';
import { openAnother, steps } from './session.ts';
import { ENDLESS, openTraining, runsFolder, trainers, TrainingPage } from './training-page.ts';

it('a training run', { timeout: 580_000 }, async (t) => {
  const { window, page, folder } = await openTraining(t);
  const step = steps(t, window);

  await step('works where the workspace can not be written to', async () => {
    if (!makeReadOnly(folder)) {
      t.diagnostic('not tried: this user may write anywhere, and may not mount');
      return;
    }
    try {
      const before = listing(folder);
      const run = await page.train();
      await run.ends('completed');
      await page.shows('Completed');
      assert.deepEqual(listing(folder), before);
      assert.deepEqual(await page.notifications(), [
        `${run.name} is trained: validation loss ${run.best.toFixed(4)}. It completes code from now on.`,
      ]);
    } finally {
      makeWritable(folder);
    }
  });

  await step('is saved when its window reloads, and goes on when one says so', async () => {
    const run = await page.train({ steps: 1000 });
    await run.reach(20);
    await window.reload();
    await eventually(() => assert.deepEqual(trainers(window.server), []));
    const saved = run.savedStep;
    assert.equal(saved, run.step, 'the last step is not in the checkpoint');
    assert.ok(saved < 1000, 'it has come to its end before the window was gone');

    await page.open();
    await page.shows('Interrupted');
    await page.notified(`${run.name} stopped at step ${saved} of 1000 when the window closed.`);
    await page.answer('Go On');
    await run.ends('completed');
    await page.shows('Completed');
    assert.equal(run.of('start').at(-1)?.step, saved);
    run.assertWhole(1000);
  });

  await step('goes on by itself from its checkpoint after its process died, and tells so once', async () => {
    const run = await page.train({ steps: 1000 });
    for (let deaths = 0; deaths < 2; deaths++) {
      const reached = run.step;
      await eventually(() => assert.ok(run.savedStep > reached, 'there is no new checkpoint'));
      const starts = run.of('start').length;
      const [trainer] = trainers(window.server);
      process.kill(trainer!.pid, 'SIGKILL');
      await eventually(() => assert.equal(run.of('start').length, starts + 1));
    }
    const notes = await page.find('.run .notes');
    await eventually(async () => assert.match((await notes.textContent()) ?? '', /went on from its last/));
    await run.ends('completed');
    await page.shows('Completed');
    run.assertWhole(1000);
    const told = (await page.notifications()).filter((text) => text.includes('SIGKILL'));
    assert.deepEqual(told, [
      'Cloze: the trainer process ended with SIGKILL. It starts again when it is needed.',
    ]);
  });

  await step('is told from one of this window, where another window trains it', async () => {
    const second = new TrainingPage(await openAnother(window, folder));
    const run = await page.train(ENDLESS);
    await run.save();
    await second.command('cloze.showRun', { path: run.path });
    await second.shows('Training elsewhere');
    const seen = run.step;
    await second.reaches(seen + 1);
    second.start('cloze.resumeTraining', { path: run.path });
    const [trainer, ...others] = trainers(window.server);
    assert.deepEqual(others, []);
    await second.notified(
      `The run ${run.name} is being trained by process ${trainer!.pid} on ${hostname()}, perhaps another window's`,
    );
    await page.press('Stop and keep');
    await run.ends('stopped');
    await second.shows('Stopped');
    await second.press('Resume');
    await second.shows('Training');
    await page.shows('Training elsewhere');
    await second.press('Stop and keep');
    await page.shows('Stopped');
    run.assertWhole(run.savedStep);
  });
});

it(
  'a training run does not begin in a workspace that is not trusted, and the side bar says why',
  { timeout: 240_000 },
  async (t) => {
    const { window, page } = await openTraining(t, { untrusted: true });
    page.start('cloze.trainWorkspace', TINY_FORM);
    await page.notified('Nothing is trained in restricted mode. Trust this workspace first.');
    await page.waitFor('.training', (text) => assert.match(text, /This workspace is not trusted/));
    assert.equal(await (await page.find('.training form')).isVisible(), false);
    const welcome = window.page.locator('.welcome-view-content', { hasText: 'restricted mode' });
    await welcome.getByText('Manage Workspace Trust').waitFor();
    assert.deepEqual(trainers(window.server), []);
    assert.deepEqual(readdirSync(runsFolder(window.server)), []);
  },
);

/** Root may write whatever modes say: for it the folder is mounted over itself. */
const isRoot = process.getuid?.() === 0;

/** Makes a folder one that can not be written to; false where that is not possible. */
function makeReadOnly(folder: string): boolean {
  try {
    if (isRoot) execFileSync('mount', ['--bind', '-o', 'ro', folder, folder], { stdio: 'ignore' });
    else chmodSync(folder, 0o555);
    return true;
  } catch {
    return false;
  }
}

function makeWritable(folder: string): void {
  if (isRoot) execFileSync('umount', ['--lazy', folder]);
  else chmodSync(folder, 0o755);
}

function listing(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.map((name) => `${name} ${statSync(join(folder, name)).mtimeMs}`).sort();
}
