/** A whole run on a GPU: steps, evaluation, samples, checkpoints, and going on from one. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { resumeTraining, startTraining } from '../../worker/services/train.ts';
import { RunControl } from '../../worker/training/control.ts';
import { type Line, metricsOf, tinyRun, workplace } from '../process/training.ts';
import { holdGpu } from './held-gpu.ts';

const SETTINGS = [
  'training.steps=8',
  'training.evalEvery=4',
  'training.checkpointEvery=4',
  'training.sampleEvery=8',
  'training.sampleTokens=4',
];

const losses = (lines: readonly Line[]): number[] =>
  lines.flatMap(({ event, loss, valLoss }) =>
    event === 'step' ? [Number(loss)] : event === 'eval' ? [Number(valLoss)] : [],
  );

holdGpu();

it('a run on webgpu, stopped and resumed, has the losses of one on cpu', async (t) => {
  const { folder, data } = workplace(t);
  const [onCpu, onGpu] = [join(folder, 'cpu'), join(folder, 'gpu')];
  await startTraining(tinyRun(data, onCpu, SETTINGS));
  const control = new RunControl();
  const stopped = await startTraining(
    { ...tinyRun(data, onGpu, SETTINGS), provider: 'webgpu' },
    { control, onEvent: (event) => event.event === 'step' && event.step === 5 && control.stop() },
  );
  assert.deepEqual([stopped.step, stopped.reason], [5, 'stopped']);
  const { step, reason } = await resumeTraining({ run: onGpu });
  assert.deepEqual([step, reason], [8, 'completed']);
  const expected = losses(metricsOf(onCpu));
  const got = losses(metricsOf(onGpu));
  assert.equal(got.length, 10);
  for (const [i, loss] of got.entries())
    assert.ok(Math.abs(loss - expected[i]!) < 1e-3, `${loss}, ${expected[i]}`);
});
