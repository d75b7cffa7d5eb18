/** The training page, and all that it shows of runs in one window. */
import assert from 'node:assert/strict';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { eventually } from './eventually.ts';
import { type RunOnDisk, TINY_FORM } from './run-on-disk.ts';
import { steps } from './session.ts';
import { ENDLESS, openTraining, trainers } from './training-page.ts';

it('the training page', { timeout: 600_000 }, async (t) => {
  const { window, page } = await openTraining(t);
  const step = steps(t, window);

  await step('has nothing that axe-core finds wrong, in any theme', async () => {
    await page.open();
    await page.press('Look at data');
    await page.find('.plan-result .facts:visible');
    await page.unfold();
    assert.deepEqual(await page.violations(), {}, 'before a run');
    await page.train();
    await page.shows('Completed');
    await page.train(ENDLESS);
    await page.find('.sample');
    await page.unfold();
    assert.deepEqual(await page.violations(), {}, 'during a run');
    await page.press('Stop and keep');
    await page.shows('Stopped');
    await (await page.find('.history [type="checkbox"]')).check();
    await page.unfold();
    assert.deepEqual(await page.violations(), {}, 'after a run');
  });

  await step('shows how a mixture of experts spreads the tokens', async () => {
    const section = (await page.find('.training')).locator('> .section', { hasText: 'Experts' });
    assert.equal(await section.isVisible(), false); // the run before has none
    await page.command('cloze.trainWorkspace', { ...TINY_FORM, model: 'moe-micro' });
    await page.shows('Completed');
    await page.waitFor('.experts > p', (text) => assert.match(text, /^At step 100: [^]*\(12\.5 % each/));
    const map = await page.find('.expert-map');
    await map.focus();
    assert.equal(await map.getByRole('columnheader').count(), 1 + 8 + 1); // layer, experts, bits
    const rows = await map.locator('tbody tr').allInnerTexts();
    assert.equal(rows.length, 4);
    for (const row of rows) {
      const shares = row.split(/\s+/).slice(1, 9).map(Number);
      assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 100) < 0.5, row);
    }
    assert.deepEqual(await page.violations(), {});
  });

  await step('lives on when messages come that are no calls, and they are refused', async () => {
    const run = await page.train(ENDLESS);
    await page.shows('Training');
    for (const message of NO_CALLS) await page.post(message);
    for (const message of WRONG_CALLS) await page.post({ jsonrpc: '2.0', id: 'wrong', ...message });
    await eventually(() => {
      const refused = window.clozeLog.filter((line) => line.includes('refused a message that is no call'));
      assert.equal(refused.length, NO_CALLS.length, window.clozeLog.join('\n'));
    });
    for (const message of NO_CALLS) await page.receive(message);
    await page.reaches(run.step + 1);
    await page.press('Pause');
    await page.shows('Paused');
    assert.equal(trainers(window.server).length, 1);
    await page.press('Stop and keep');
    await page.shows('Stopped');
  });

  await step('says which file of its checkpoint is broken, and goes on once that is mended', async () => {
    const run = await page.train(ENDLESS);
    await run.save();
    await page.press('Stop and keep');
    await page.shows('Stopped');
    const weights = join(run.checkpoint, 'model.safetensors');
    const whole = readFileSync(weights);
    truncateSync(weights, Math.floor(whole.length / 2));

    page.start('cloze.resumeTraining', { path: run.path });
    await page.notified(weights);
    await page.shows('Failed');
    assert.ok((await page.text('.run .notice')).includes(weights));
    await page.waitFor('.history', (text) => assert.match(text, /Failed/));

    writeFileSync(weights, whole);
    const { step } = run;
    await page.press('Resume');
    await run.reach(step + 1);
    await page.press('Stop and keep');
    await page.shows('Stopped');
    run.assertWhole(run.savedStep);
  });

  await step(
    'shows all that was measured while the side bar was hidden, and is saved when its window closes',
    async () => {
      const run = await page.train(ENDLESS);
      await run.reach(5);
      await window.command('workbench.action.closeSidebar');
      await run.reach(120);
      await page.open();
      await page.shows('Training');
      await page.press('Pause');
      await page.shows('Paused');
      const { step } = run;
      await page.waitFor('.run', (text) => assert.ok(text.includes(`Step ${step} of 100,000`), text));
      assertDrawn(await page.losses(), run);
      assert.match(await page.text('.samples'), /^Step 100\n[^]+^Step 50\n/m);

      await page.press('Go on');
      await run.reach(step + 5);
      await window.close();
      await eventually(() => assert.deepEqual(trainers(window.server), []));
      assert.equal(run.savedStep, run.step);
      assert.ok(run.savedStep >= step + 5);
    },
  );
});

/** What a page may post that is no message of the protocol. */
const NO_CALLS = [
  null,
  42,
  'start',
  [],
  {},
  { method: 'start', params: {} },
  { jsonrpc: '2.0' },
  { jsonrpc: '2.0', id: 1, method: 7 },
  { jsonrpc: '2.0', method: { name: 'start' } },
  { jsonrpc: '2.0', method: '$/cancelRequest' },
  { text: 'x'.repeat(1_000_000) },
];

/** Messages of the protocol that ask for what there is not. */
const WRONG_CALLS = [
  { method: 'format' },
  { method: 'constructor', params: {} },
  { method: 'start' },
  { method: 'control', params: { action: 'explode' } },
  { method: 'show', params: { path: 7 } },
  { method: 'show', params: { path: '/etc' } },
  { method: 'remove', params: { path: '/etc' } },
  { method: 'setForm', params: { data: 'everything' } },
  { result: 'an answer that nobody asked for' },
];

/** A table of losses has all steps, or every nth of a long run, as they were measured. */
function assertDrawn(losses: Readonly<Record<string, string>>, run: RunOnDisk): void {
  const drawn = Object.keys(losses).map(Number);
  assert.ok(drawn.length >= Math.min(run.step, 100), `${drawn.length} of ${run.step} steps`);
  const gaps = drawn.map((step, i) => step - (drawn[i - 1] ?? 0));
  assert.ok(Math.max(...gaps) <= Math.ceil(run.step / 100), `steps ${drawn.join(', ')}`);
  const measured = run.of('step').filter(({ step }) => drawn.includes(step));
  assert.deepEqual(losses, Object.fromEntries(measured.map(({ step, loss }) => [step, loss.toFixed(4)])));
}
