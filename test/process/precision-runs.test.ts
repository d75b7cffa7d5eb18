/** Runs in 16 bits: overflows that are skipped and counted, kills, and what a run says of itself. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { resumeTraining, startTraining } from '../../worker/services/train.ts';
import {
  assertSameWeights,
  isStep,
  type Line,
  metricsOf,
  numbersOf,
  tinyRun,
  trainProcess,
  workplace,
} from './training.ts';

const STEPS = 40;
/** So large that the first steps overflow. */
const OVERFLOWING = ['training.precision=float16', `training.lossScale=${2 ** 30}`];
const SETTINGS = [
  ...OVERFLOWING,
  `training.steps=${STEPS}`,
  'training.checkpointEvery=3',
  'training.evalEvery=10',
];

const scalesOf = (lines: readonly Line[]): unknown[] =>
  lines
    .filter(({ event }) => event === 'step')
    .map(({ step, lossScale, skipped }) => [step, lossScale, skipped]);

function progressOf(run: string): { lossScale?: { scale: number; skipped: number } } {
  const text = readFileSync(join(run, 'checkpoints/last/trainer.json'), 'utf8');
  return (JSON.parse(text) as { progress: object }).progress;
}

describe('a run in float16, emulated', () => {
  it('skips and counts overflows, goes on, and after kills comes to the same to the last bit', async (t) => {
    const { folder, data } = workplace(t);
    const settings = [...SETTINGS, 'training.accumulate=2'];
    const whole = join(folder, 'whole');
    const end = await startTraining(tinyRun(data, whole, settings));
    const lines = metricsOf(whole);
    assert.ok(end.skipped! >= 5, `${end.skipped} skipped`);
    const [first] = lines.filter(({ event }) => event === 'step');
    assert.equal(first?.skipped, Math.log2(2 ** 30 / Number(first?.lossScale)), 'each halves the scale');
    assert.deepEqual(progressOf(whole).lossScale?.skipped, end.skipped);

    const run = join(folder, 'killed');
    // before the first checkpoint, among the first steps, and late
    for (const step of [1, 4, 31]) {
      const request = step === 1 ? tinyRun(data, run, settings) : { run };
      const { ended } = trainProcess(request, (event, child) => {
        if (isStep(step)(event)) child.kill('SIGKILL');
      });
      assert.equal((await ended).signal, 'SIGKILL');
    }
    assert.equal((await resumeTraining({ run })).skipped, end.skipped);
    assert.deepEqual(numbersOf(metricsOf(run)), numbersOf(lines));
    assert.deepEqual(scalesOf(metricsOf(run)), scalesOf(lines));
    assertSameWeights(join(run, 'checkpoints/last'), join(whole, 'checkpoints/last'));
    assert.deepEqual(progressOf(run), progressOf(whole));
  });

  it('learns what a run in float32 learns, whatever the scale it began with', async (t) => {
    const { folder, data } = workplace(t);
    const settings = ['training.steps=60', 'training.lr=1e-2', 'training.evalEvery=0'];
    const exact = await startTraining(tinyRun(data, join(folder, 'exact'), settings));
    for (const scale of [2 ** 16, 2 ** 30]) {
      const more = [...settings, 'training.precision=float16', `training.lossScale=${scale}`];
      const { valLoss } = await startTraining(tinyRun(data, join(folder, `half-${scale}`), more));
      assert.ok(Math.abs(valLoss! - exact.valLoss!) < 2e-2, `${valLoss}, float32 ${exact.valLoss}`);
    }
  });

  it('ends as diverged where the loss itself is no number, which no scale helps', async (t) => {
    const { folder, data } = workplace(t);
    const run = join(folder, 'run');
    // weights of this size overflow in the forward pass
    const settings = [...SETTINGS, 'model.initRange=200', 'training.lossScale=1'];
    await assert.rejects(startTraining(tinyRun(data, run, settings)), {
      code: 'diverged',
      message: /the loss is (NaN|Infinity) at step 1/,
    });
  });
});

describe('what a run says of its precision', () => {
  it('is in its start, its record, and its checkpoints go on with it', async (t) => {
    const { folder, data } = workplace(t);
    const run = join(folder, 'run');
    await startTraining(tinyRun(data, run, ['training.steps=3', 'training.precision=bfloat16']));
    const [start, ...rest] = metricsOf(run);
    const emulated = { type: 'bfloat16', emulated: true };
    assert.deepEqual(start?.precision, emulated);
    for (const { lossScale, skipped } of rest) assert.deepEqual([lossScale, skipped], [undefined, undefined]);
    const record = JSON.parse(readFileSync(join(run, 'run.json'), 'utf8')) as Line;
    assert.deepEqual(record.precision, emulated);
    assert.equal((record.training as Line).precision, 'bfloat16');
  });
});
