/** The life of a run: what one can ask of it, how it ends, and what it refuses to begin with. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { evaluate } from '../../worker/services/evaluate.ts';
import { applySettings } from '../../worker/services/settings.ts';
import { resumeTraining, startTraining } from '../../worker/services/train.ts';
import { RunControl } from '../../worker/training/control.ts';
import { RunFolder } from '../../worker/training/record.ts';
import { corpus, isStep, metricsOf, numbersOf, tinyRun, trainProcess, workplace } from './training.ts';

const LONG = ['training.steps=1000000', 'training.evalEvery=0', 'training.checkpointEvery=0'];

const lossesOf = (run: string): number[] =>
  metricsOf(run).flatMap(({ event, loss }) => (event === 'step' ? [Number(loss)] : []));

describe('a run that is asked', () => {
  it('pauses, goes on, saves, and stops with a checkpoint that it resumes from', async (t) => {
    const { folder, data } = workplace(t);
    const run = join(folder, 'run');
    const process = trainProcess(tinyRun(data, run, LONG));
    await process.until(isStep(5));
    process.tell('pause');
    await process.until(({ event }) => event === 'paused');
    const steps = process.events.length;
    await sleep(150);
    assert.equal(process.events.length, steps, 'nothing happens while it is paused');
    process.tell('save');
    const saved = await process.until(({ event }) => event === 'checkpoint');
    process.tell('unpause');
    await process.until(isStep(Number(saved.step) + 3));
    process.tell('stop');
    const done = await process.until(({ event }) => event === 'done');
    assert.equal((await process.ended).code, 0);
    assert.equal(done.reason, 'stopped');
    assert.ok(Number(done.step) > Number(saved.step));
    assert.ok(!existsSync(join(run, '.lock')));

    const again = trainProcess({ run });
    const start = await again.until(({ event }) => event === 'start');
    assert.deepEqual([start.step, start.resumed], [done.step, true]);
    await again.until(isStep(Number(done.step) + 1));
    again.tell('cancel');
    const error = await again.until(({ error }) => error === 'cancelled');
    assert.match(String(error.message), /the last checkpoint is kept/);
    assert.equal((await again.ended).code, 1);
  });

  it('is refused to a second process while it lives, by its number', async (t) => {
    const { folder, data } = workplace(t);
    const run = join(folder, 'run');
    const process = trainProcess(tinyRun(data, run, LONG));
    await process.until(isStep(1));
    const locked = { code: 'locked', message: new RegExp(`process ${process.child.pid} `) };
    await assert.rejects(resumeTraining({ run }), locked);
    await assert.rejects(startTraining(tinyRun(data, run)), locked);
    process.tell('stop');
    assert.equal((await process.ended).code, 0);
  });
});

describe('a run', () => {
  it('goes on from its checkpoint though its folder, and another run, are inside its data', async (t) => {
    const { folder, data } = workplace(t);
    const inside = join(folder, 'data');
    mkdirSync(inside);
    renameSync(data, join(inside, 'a.txt'));
    writeFileSync(join(inside, 'b.txt'), corpus(2000, 2));
    const run = join(inside, 'runs', 'one');
    const first = trainProcess(tinyRun(inside, run, LONG));
    await first.until(isStep(3));
    first.tell('stop');
    assert.equal((await first.ended).code, 0);
    await startTraining(tinyRun(inside, join(inside, 'runs', 'two'), ['training.steps=2']));
    const again = trainProcess({ run });
    assert.equal((await again.until(({ event }) => event === 'start')).resumed, true);
    again.tell('stop');
    assert.equal((await again.ended).code, 0);
  });

  it('writes checkpoints that are model folders, and keeps as many as it is told', async (t) => {
    const { folder, data } = workplace(t);
    const run = join(folder, 'run');
    const settings = [
      'training.steps=25',
      'training.checkpointEvery=5',
      'training.keep=2',
      'training.evalEvery=10',
    ];
    const end = await startTraining(tinyRun(data, run, settings));
    const names = readdirSync(join(run, 'checkpoints')).sort();
    assert.deepEqual(names, ['best', 'last', 'step-20', 'step-25']);
    for (const name of names) {
      const files = readdirSync(join(run, 'checkpoints', name));
      for (const file of [
        'config.json',
        'model.safetensors',
        'tokenizer.json',
        'optimizer.safetensors',
        'trainer.json',
      ]) {
        assert.ok(files.includes(file), `${name} has ${file}`);
      }
    }
    const { loss } = await evaluate({ model: run, data: [data], provider: 'cpu' });
    assert.ok(Math.abs(loss - end.valLoss!) < 0.3, `${loss} is near ${end.valLoss}`);
    await assert.rejects(evaluate({ model: run, data: [data], provider: 'cpu', context: 17 }), {
      code: 'usage',
      message: /positions for 16 tokens, asked for 17/,
    });
  });

  it('adds gradients up: two batches of 2 are one of 4', async (t) => {
    const { folder, data } = workplace(t);
    const noDropout = ['model.attentionDropout=0', 'model.residualDropout=0', 'training.steps=20'];
    const train = async (name: string, more: string[]): Promise<number[]> => {
      await startTraining(tinyRun(data, join(folder, name), [...noDropout, ...more]));
      return lossesOf(join(folder, name));
    };
    const one = await train('one', ['training.batch=4']);
    const two = await train('two', ['training.batch=2', 'training.accumulate=2']);
    assert.equal(two.length, 20);
    for (const [i, loss] of one.entries()) assert.ok(Math.abs(loss - two[i]!) < 1e-5, `step ${i + 1}`);
    assert.ok(one.at(-1)! < one[0]! - 0.1, 'it learns');
  });

  it('ends early when it no longer gets better', async (t) => {
    const { folder, data } = workplace(t);
    const stuck = ['training.lr=1e-12', 'training.minLr=0', 'training.evalEvery=2', 'training.patience=2'];
    const { reason, step, best } = await startTraining(
      tinyRun(data, join(folder, 'run'), [
        ...stuck,
        'training.steps=50',
        'training.decaySteps=1',
        'training.warmup=0',
      ]),
    );
    assert.equal(reason, 'early');
    assert.equal(step, best!.step + 4);
  });

  it('that diverges stops, says what to try, and leaves the last good checkpoint', async (t) => {
    const { folder, data } = workplace(t);
    const run = join(folder, 'run');
    const control = new RunControl();
    await startTraining(tinyRun(data, run, [...LONG, 'training.evalEvery=4']), {
      control,
      onEvent: (event) => event.event === 'step' && event.step === 5 && control.stop(),
    });
    const last = join(run, 'checkpoints/last');
    const good = readFileSync(join(last, 'model.safetensors'));
    const record = await new RunFolder(run).readRecord();
    const reckless = { ...record, training: { ...record.training, lr: 1e30, warmup: 0, clip: 0 } };
    writeFileSync(join(run, 'run.json'), JSON.stringify(reckless));
    await assert.rejects(resumeTraining({ run }), {
      code: 'diverged',
      message: /is (NaN|-?Infinity) at step \d+; the last checkpoint is kept: .*last/,
      hint: /lower training\.lr.*from the best checkpoint .*training\.lr=1e\+29; it is .*best/,
    });
    for (const { event, loss } of metricsOf(run)) if (event === 'step') assert.equal(typeof loss, 'number');
    assert.deepEqual(readFileSync(join(last, 'model.safetensors')), good);
    const { loss } = await evaluate({ model: last, data: [data], provider: 'cpu' });
    assert.ok(loss < 5, `the checkpoint that is kept can be used: ${loss}`);
  });

  it('goes on from the weights of a folder, with its tokenizer', async (t) => {
    const { folder, data } = workplace(t);
    const first = join(folder, 'first');
    const { valLoss } = await startTraining(tinyRun(data, first, ['training.steps=60', 'training.lr=1e-2']));
    const second = join(folder, 'second');
    const tuned = {
      data: [data],
      model: first,
      out: second,
      provider: 'cpu',
      settings: applySettings(['training.steps=2', 'training.lr=1e-6', 'training.batch=4']),
    };
    const end = await startTraining(tuned);
    assert.ok(Math.abs(end.valLoss! - valLoss!) < 0.2, `${end.valLoss} is near ${valLoss}`);
    await assert.rejects(startTraining({ ...tuned, out: join(folder, 'third'), tokenizer: 'bpe:300' }), {
      code: 'model',
    });
    assert.ok(!existsSync(join(folder, 'third')), 'a run that was refused leaves nothing');
  });

  it('shows samples of what it has learned', async (t) => {
    const { folder, data } = workplace(t);
    const run = join(folder, 'run');
    const settings = [
      'training.steps=10',
      'training.sampleEvery=5',
      'training.samplePrompts=3 + 4',
      'training.sampleTokens=6',
    ];
    await startTraining(tinyRun(data, run, settings));
    const samples = metricsOf(run).filter(({ event }) => event === 'sample');
    assert.deepEqual(
      samples.map(({ step, prompt }) => [step, prompt]),
      [
        [5, '3 + 4'],
        [10, '3 + 4'],
      ],
    );
    assert.equal(String(samples[0]!.text).length, 6);
  });

  it('is the same run whether or not it shows samples, evaluates or saves', async (t) => {
    const { folder, data } = workplace(t);
    const plain = ['training.steps=12', 'training.evalEvery=0', 'training.checkpointEvery=0'];
    await startTraining(tinyRun(data, join(folder, 'a'), plain));
    const busy = [
      'training.steps=12',
      'training.evalEvery=1',
      'training.checkpointEvery=2',
      'training.sampleEvery=3',
    ];
    await startTraining(tinyRun(data, join(folder, 'b'), busy));
    assert.deepEqual(lossesOf(join(folder, 'b')), lossesOf(join(folder, 'a')));
  });
});

describe('a full disk', () => {
  it('ends the run, keeps the last checkpoint, and says so', async (t) => {
    const { folder, data } = workplace(t);
    const disk = join(folder, 'disk');
    if (!mountSmallDisk(disk)) {
      t.skip('needs the right to mount a small tmpfs');
      return;
    }
    try {
      await fillUp(join(disk, 'run'), data);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

async function fillUp(run: string, data: string): Promise<void> {
  const settings = [
    'training.steps=2000',
    'training.checkpointEvery=2',
    'training.evalEvery=0',
    'training.keep=1000',
  ];
  await assert.rejects(startTraining(tinyRun(data, run, settings)), {
    code: 'disk',
    message: /the disk is full; the last checkpoint is kept: .*last/,
  });
  const kept = readdirSync(join(run, 'checkpoints')).filter((name) => name.startsWith('step-'));
  assert.ok(kept.length > 2);
  await evaluate({ model: join(run, 'checkpoints/last'), data: [data], provider: 'cpu' });
  for (const name of kept) rmSync(join(run, 'checkpoints', name), { recursive: true });
  await assert.rejects(resumeTraining({ run }), { code: 'disk' }); // went on, and filled the disk again
  const steps = metricsOf(run).flatMap(({ event, step }) => (event === 'step' ? [step] : []));
  assert.ok(steps.length > 2 * kept.length);
  assert.deepEqual(
    steps,
    Array.from(steps, (_, i) => i + 1),
    'each step once',
  );
}

/** A file system of 2 MB. False where the test may not mount one. */
function mountSmallDisk(path: string): boolean {
  mkdirSync(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('a run is refused', () => {
  const refused = async (
    t: TestContext,
    change: (place: { folder: string; data: string }) => Partial<Parameters<typeof startTraining>[0]>,
    settings: readonly string[],
    expected: { code: string; message: RegExp },
  ): Promise<void> => {
    const place = workplace(t);
    const run = join(place.folder, 'run');
    const request = { ...tinyRun(place.data, run, ['training.steps=3', ...settings]), ...change(place) };
    await assert.rejects(startTraining(request), expected);
    assert.ok(!existsSync(run), 'nothing is left behind');
  };
  const same = () => ({});

  it('without data', async (t) => {
    await refused(t, ({ folder }) => ({ data: [join(folder, 'none')] }), [], {
      code: 'data',
      message: /no such file/,
    });
  });

  it('with an empty file', async (t) => {
    const emptied = ({ data }: { data: string }) => (writeFileSync(data, ''), {});
    await refused(t, emptied, [], { code: 'data', message: /empty/ });
  });

  it('with less data than a batch', async (t) => {
    const little = ({ data }: { data: string }) => (writeFileSync(data, corpus(5)), {});
    await refused(t, little, [], { code: 'data', message: /one batch needs 65/ });
  });

  it('with more memory than there is', async (t) => {
    await refused(t, same, ['training.batch=1000000000'], {
      code: 'memory',
      message: /needs about .* are free/,
    });
  });

  it('with heads that do not divide the width', async (t) => {
    const settings = applySettings(['model.heads=3', 'model.width=16']);
    await refused(t, () => ({ settings }), [], { code: 'model', message: /model\.width 16/ });
  });

  it('on an unknown provider', async (t) => {
    await refused(t, () => ({ provider: 'gpu' }), [], { code: 'usage', message: /unknown provider 'gpu'/ });
  });

  it('with a vocabulary too small for bytes', async (t) => {
    await refused(t, () => ({ tokenizer: 'bpe:100' }), [], { code: 'tokenizer', message: /100/ });
  });

  it('for fill-in-the-middle without the tokens for it', async (t) => {
    await refused(t, same, ['training.fimRate=0.5'], { code: 'tokenizer', message: /fill-in-the-middle/ });
  });

  it('in a folder that holds something else', async (t) => {
    const { folder, data } = workplace(t);
    await assert.rejects(startTraining(tinyRun(data, folder)), {
      code: 'usage',
      message: /is not empty: it holds /,
    });
    assert.equal(existsSync(join(folder, 'run.json')), false);
  });

  it('in a folder that holds one', async (t) => {
    const { folder, data } = workplace(t);
    const run = join(folder, 'run');
    await startTraining(tinyRun(data, run, ['training.steps=2']));
    const record = readFileSync(join(run, 'run.json'), 'utf8');
    await assert.rejects(startTraining(tinyRun(data, run)), {
      code: 'usage',
      message: /holds a run already/,
    });
    assert.equal(readFileSync(join(run, 'run.json'), 'utf8'), record);
    assert.equal(numbersOf(metricsOf(run)).length, 3);
  });
});
