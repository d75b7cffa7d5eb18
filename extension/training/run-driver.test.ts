import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { CallWorker } from '../worker/worker-process.ts';
import { defaultForm } from './default-forms.ts';
import { newRun } from './form.ts';
import { LiveRun } from './live-run.ts';
import { RunDriver } from './run-driver.ts';

it('RunDriver refuses what the worker does not hear, as it does not have the run yet', async () => {
  let isHeard = false;
  const call = ((name: string) => Promise.resolve(name === 'control' ? isHeard : {})) as CallWorker;
  let begin: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (begin = resolve));
  const driver = new RunDriver(call, { ready: () => ready, changed: () => undefined });
  const form = defaultForm(['/data']);
  const ended = driver.train(new LiveRun(newRun(form, '/runs/a', [])), {
    data: [],
    model: '',
    out: '/runs/a',
  });
  await assert.rejects(driver.control('pause'), { code: 'usage', message: /the run a / });
  isHeard = true;
  await driver.control('pause');
  begin();
  await ended;
});
