/** Runs that are killed, and go on as if they had not been. */
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { ResumeRequest, TrainRequest } from '../../worker/protocol/train.ts';
import { resumeTraining, startTraining } from '../../worker/services/train.ts';
import {
  assertSameWeights,
  corpus,
  metricsOf,
  numbersOf,
  tinyRun,
  trainProcess,
  workplace,
} from './training.ts';

const STEPS = 90;

/** Many checkpoints, so that a kill at a random moment often meets one being written. */
const SETTINGS = [
  `training.steps=${STEPS}`,
  'training.checkpointEvery=3',
  'training.evalEvery=10',
  'training.keep=1',
  'training.accumulate=2',
];

describe('a run killed with SIGKILL', () => {
  it('resumes to the numbers of a run never interrupted, to the last bit', async (t) => {
    const { folder, data } = workplace(t);
    const whole = join(folder, 'whole');
    await startTraining(tinyRun(data, whole, SETTINGS));
    const expected = numbersOf(metricsOf(whole));
    assert.equal(expected.length, STEPS + STEPS / 10);

    const run = join(folder, 'killed');
    const moments: string[] = [];
    for (let kills = 0; ; kills++) {
      // from before the first step, to anywhere in the next few steps and checkpoints
      let left = kills < 6 ? Math.floor(Math.random() * 22) : Infinity;
      const started = trainProcess(kills === 0 ? tinyRun(data, run, SETTINGS) : { run }, (event, child) => {
        if (left-- > 0) return;
        left = Infinity;
        moments.push(`${String(event.event)} ${String(event.step)}`);
        setTimeout(() => child.kill('SIGKILL'), Math.random() * 30);
      });
      const { code, signal, stderr } = await started.ended;
      if (code === 0) break;
      assert.equal(
        signal,
        'SIGKILL',
        `after kills at ${moments.join(', ')}: ${JSON.stringify(started.events.at(-1))} ${stderr}`,
      );
    }
    assert.ok(moments.length > 0);
    t.diagnostic(`killed after: ${moments.join(', ')}`);
    assert.deepEqual(numbersOf(metricsOf(run)), expected, `killed after: ${moments.join(', ')}`);
    assertSameWeights(join(run, 'checkpoints/last'), join(whole, 'checkpoints/last'));
    assertSameWeights(join(run, 'checkpoints/best'), join(whole, 'checkpoints/best'));
  });

  it('resumes before its first checkpoint, from the start', async (t) => {
    const { folder, data } = workplace(t);
    const settings = ['training.steps=20', 'training.checkpointEvery=0', 'training.evalEvery=5'];
    const whole = join(folder, 'whole');
    await startTraining(tinyRun(data, whole, settings));
    const run = join(folder, 'killed');
    const started = trainProcess(tinyRun(data, run, settings), ({ event }, child) => {
      if (event === 'start') child.kill('SIGKILL');
    });
    await started.ended;
    await resumeTraining({ run });
    assert.deepEqual(numbersOf(metricsOf(run)), numbersOf(metricsOf(whole)));
  });

  it('drops a line of metrics that was torn', async (t) => {
    const { folder, data } = workplace(t);
    const whole = join(folder, 'whole');
    await startTraining(tinyRun(data, whole, ['training.steps=12', 'training.evalEvery=4']));
    const run = join(folder, 'run');
    let seen = 0;
    const started = trainProcess(
      tinyRun(data, run, ['training.steps=12', 'training.evalEvery=4']),
      ({ event }, child) => {
        if (event === 'checkpoint' && ++seen === 1) child.kill('SIGKILL');
      },
    );
    await started.ended;
    appendFileSync(join(run, 'metrics.jsonl'), '{"event":"step","step":5,"lo');
    await resumeTraining({ run });
    assert.deepEqual(numbersOf(metricsOf(run)), numbersOf(metricsOf(whole)));
  });
});

describe('resume', () => {
  it('keeps numbers and checkpoints of a run that was complete', async (t) => {
    const { folder, data } = workplace(t);
    const run = join(folder, 'run');
    await startTraining(tinyRun(data, run, ['training.steps=4', 'training.evalEvery=2']));
    const before = numbersOf(metricsOf(run));
    const end = await resumeTraining({ run });
    assert.equal(end.reason, 'completed');
    assert.equal(end.step, 4);
    assert.equal(typeof end.valLoss, 'number');
    assert.deepEqual(numbersOf(metricsOf(run)), before);
  });

  it('goes on with what it began with, whatever has become of the files and of the cache', async (t) => {
    const { folder, data } = workplace(t);
    const settings = ['training.steps=60', 'training.evalEvery=20', 'training.checkpointEvery=4'];
    const whole = join(folder, 'whole');
    await startTraining(tinyRun(data, whole, settings));
    const expected = numbersOf(metricsOf(whole));

    const run = join(folder, 'run');
    await interrupted(tinyRun(data, run, settings));
    writeFileSync(data, corpus(4000, 2));
    await interrupted({ run });
    rmSync(data);
    rmSync(join(folder, 'cache'), { recursive: true });
    await resumeTraining({ run });
    assert.deepEqual(numbersOf(metricsOf(run)), expected);
    assertSameWeights(join(run, 'checkpoints/last'), join(whole, 'checkpoints/last'));
  });

  for (const [what, spoil] of [
    ['lacks', (tokens: string) => rmSync(tokens, { recursive: true })],
    ['holds a damaged part of', (tokens: string) => damage(join(tokens, 'validation.tokens'))],
  ] as const) {
    it(`encodes the data again where the run ${what} its tokens, and refuses data that has changed`, async (t) => {
      const { folder, data } = workplace(t);
      const run = join(folder, 'run');
      await startTraining(tinyRun(data, run, ['training.steps=3']));
      spoil(join(run, 'tokens'));
      writeFileSync(data, corpus(4000, 2));
      await assert.rejects(resumeTraining({ run }), { code: 'data', message: /not what it began with/ });
      writeFileSync(data, corpus(4000));
      await resumeTraining({ run });
      writeFileSync(data, corpus(4000, 2));
      await resumeTraining({ run }); // it keeps them since
    });
  }

  it('refuses a tokenizer that is not the one the run began with', async (t) => {
    const { folder, data } = workplace(t);
    const run = join(folder, 'run');
    await startTraining(tinyRun(data, run, ['training.steps=3']));
    const other = join(folder, 'other');
    await startTraining({ ...tinyRun(data, other, ['training.steps=3']), tokenizer: 'bpe:270' });
    cpSync(join(other, 'tokenizer'), join(run, 'tokenizer'), { recursive: true });
    await assert.rejects(resumeTraining({ run }), { code: 'tokenizer', message: /not the tokenizer/ });
  });

  it('says what a folder without a run lacks', async (t) => {
    const { folder } = workplace(t);
    await assert.rejects(resumeTraining({ run: folder }), { code: 'usage', message: /no run\.json/ });
  });
});

/** Trains up to the next checkpoint, and is killed there. */
async function interrupted(request: TrainRequest | ResumeRequest): Promise<void> {
  const { ended } = trainProcess(request, ({ event }, child) => {
    if (event === 'checkpoint') child.kill('SIGKILL');
  });
  assert.equal((await ended).signal, 'SIGKILL');
}

/** Changes a byte of a file, and leaves those alone that it is a link to. */
function damage(path: string): void {
  const bytes = readFileSync(path);
  bytes[0]! ^= 1;
  rmSync(path);
  writeFileSync(path, bytes);
}
