import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClozeError } from '../base/errors.ts';
import { RunControl } from './control.ts';
import type { RunEvent } from './events.ts';
import { type EndReason, type LoopParts, trainingLoop } from './loop.ts';
import { newLossScale } from './loss-scale.ts';
import { freshProgress, type Progress } from './progress.ts';
import { resolveSettings, type TrainingOptions } from './settings.ts';

const BASE: TrainingOptions = { steps: 6, batch: 1, warmup: 0, evalEvery: 2, checkpointEvery: 3 };

interface FakeRun extends LoopParts {
  /** What 'last' holds. */
  saved: Progress | undefined;
}

/** Parts that compute nothing: losses are functions of the step. */
function fake(options: TrainingOptions = {}, valLoss = (step: number): number => 10 - step): FakeRun {
  let step = 0;
  const run: FakeRun = {
    settings: resolveSettings({ ...BASE, ...options }, 4),
    saved: undefined,
    step: (now) => Promise.resolve({ loss: 1 / (step = now), gradientNorm: 1, tokens: 4 }),
    evaluate: (interrupted) =>
      Promise.resolve(interrupted() ? undefined : { loss: valLoss(step), tokens: 7 }),
    sample: undefined,
    save(progress, { best, numbered }) {
      run.saved = structuredClone(progress);
      const names = [...(best ? ['best'] : []), ...(numbered ? [`step-${progress.step}`] : []), 'last'];
      return Promise.resolve({ path: 'last', names });
    },
  };
  return run;
}

/** Runs a loop to its end; `react` may steer it. Events as short words: 'step 1', 'eval 2 best'. */
async function play(
  run: FakeRun,
  options: {
    progress?: Progress;
    control?: RunControl;
    react?: (event: RunEvent, control: RunControl) => void;
  } = {},
): Promise<{ words: string[]; reason: EndReason; progress: Progress }> {
  const { progress = freshProgress(), control = new RunControl(), react } = options;
  const loop = trainingLoop(run, progress, control);
  const words: string[] = [];
  for (;;) {
    const next = await loop.next();
    if (next.done === true) return { words, reason: next.value, progress };
    words.push(word(next.value));
    react?.(next.value, control);
  }
}

function word(event: RunEvent): string {
  const more =
    event.event === 'checkpoint'
      ? ` ${event.names.join('+')}`
      : event.event === 'eval' && event.best
        ? ' best'
        : '';
  return `${event.event} ${event.step}${more}`;
}

const hasCode = (code: string) => (error: unknown) => error instanceof ClozeError && error.code === code;

describe('trainingLoop', () => {
  it('does what is due at a step before the next one: evaluation, then checkpoint', async () => {
    const { words, reason } = await play(fake({ evalEvery: 2, checkpointEvery: 3 }, () => 5));
    assert.equal(reason, 'completed');
    assert.deepEqual(words, [
      'step 1',
      'step 2',
      'eval 2 best',
      'checkpoint 2 best+last',
      'step 3',
      'checkpoint 3 step-3+last',
      'step 4',
      'eval 4',
      'step 5',
      'step 6',
      'eval 6',
      'checkpoint 6 step-6+last',
    ]);
  });

  it('evaluates and saves at the end whatever the intervals', async () => {
    const { words } = await play(fake({ steps: 2, evalEvery: 0, checkpointEvery: 0 }));
    assert.deepEqual(words, ['step 1', 'step 2', 'eval 2 best', 'checkpoint 2 best+last']);
  });

  it('ends early when evaluations stop getting better', async () => {
    const losses: Record<number, number> = { 2: 3, 4: 2, 6: 2.5, 8: 2, 10: 1 };
    const { words, reason, progress } = await play(fake({ steps: 20, patience: 2 }, (step) => losses[step]!));
    assert.equal(reason, 'early');
    assert.deepEqual(progress.best, { step: 4, valLoss: 2 });
    assert.equal(words.at(-1), 'checkpoint 8 last');
  });

  it('stops and keeps', async () => {
    const { words, reason } = await play(fake(), {
      react: (event, control) => event.event === 'step' && event.step === 5 && control.stop(),
    });
    assert.equal(reason, 'stopped');
    assert.deepEqual(words.slice(-2), ['step 5', 'checkpoint 5 last']);
  });

  it('resumed from any step, tells exactly what was left to tell', async () => {
    const whole = (await play(fake())).words;
    for (let stopAt = 1; stopAt < 6; stopAt++) {
      const run = fake();
      const before = await play(run, {
        react: (event, control) => event.event === 'step' && event.step === stopAt && control.stop(),
      });
      const progress = structuredClone(run.saved!);
      assert.equal(progress.step, stopAt);
      const steps = fake();
      await steps.step(stopAt, 0); // the weights are those of the checkpoint
      const after = await play(steps, { progress });
      const told = [...before.words, ...after.words].filter((each) => !each.startsWith('checkpoint'));
      assert.deepEqual(
        told,
        whole.filter((each) => !each.startsWith('checkpoint')),
        `stopped at ${stopAt}`,
      );
    }
  });

  it('has nothing to do in a run that is complete or ended early', async () => {
    const { progress } = await play(fake());
    assert.deepEqual((await play(fake(), { progress })).words, []);
    const early = await play(fake({ steps: 20, patience: 1 }, () => 1));
    const again = await play(
      fake({ steps: 20, patience: 1 }, () => 1),
      { progress: early.progress },
    );
    assert.deepEqual([again.words, again.reason], [[], 'early']);
  });

  it('pauses, saves while paused, and goes on', async () => {
    const { words } = await play(fake({ evalEvery: 0, checkpointEvery: 0, steps: 3 }), {
      react(event, control) {
        if (event.event === 'step' && event.step === 1) control.pause();
        if (event.event === 'paused') setTimeout(() => control.save(), 5);
        if (event.event === 'checkpoint' && event.step === 1) setTimeout(() => control.unpause(), 5);
      },
    });
    assert.deepEqual(words.slice(0, 5), ['step 1', 'paused 1', 'checkpoint 1 last', 'unpaused 1', 'step 2']);
  });

  it('ends a paused run on stop, with a checkpoint', async () => {
    const { words, reason } = await play(fake({ evalEvery: 0 }), {
      react(event, control) {
        if (event.event === 'step' && event.step === 2) control.pause();
        if (event.event === 'paused') setTimeout(() => control.stop(), 5);
      },
    });
    assert.equal(reason, 'stopped');
    assert.deepEqual(words.slice(-3), ['paused 2', 'unpaused 2', 'checkpoint 2 last']);
  });

  it('cancels between two steps, also while paused, and saves nothing', async () => {
    for (const when of ['step', 'paused']) {
      const controller = new AbortController();
      const run = fake({ evalEvery: 0, checkpointEvery: 0 });
      const cancelled = play(run, {
        control: new RunControl(controller.signal),
        react(event, control) {
          if (event.event === 'step' && event.step === 2 && when === 'paused') control.pause();
          if (event.event === 'step' && event.step === 2 && when === 'step') controller.abort();
          if (event.event === 'paused') setTimeout(() => controller.abort(), 5);
        },
      });
      await assert.rejects(cancelled, hasCode('cancelled'));
      assert.equal(run.saved, undefined);
    }
  });

  it('is diverged by a loss, a norm or a validation loss that is not finite', async () => {
    const step = (loss: number, gradientNorm: number): FakeRun => ({
      ...fake(),
      step: () => Promise.resolve({ loss, gradientNorm, tokens: 4 }),
    });
    await assert.rejects(play(step(NaN, 1)), hasCode('diverged'));
    await assert.rejects(play(step(1, Infinity)), hasCode('diverged'));
    await assert.rejects(play(fake({}, () => NaN)), hasCode('diverged'));
  });

  it('tells of samples when they are due', async () => {
    const run: FakeRun = {
      ...fake({ steps: 3, sampleEvery: 2, evalEvery: 0, checkpointEvery: 0 }),
      // eslint-disable-next-line @typescript-eslint/require-await
      sample: async function* () {
        yield { prompt: 'a', text: 'b' };
      },
    };
    assert.deepEqual((await play(run)).words.slice(0, 4), ['step 1', 'step 2', 'sample 2', 'step 3']);
  });

  it('tries a step again whose gradients overflow in float16, with half the scale, and counts', async () => {
    const run = fake({ steps: 3, evalEvery: 0, checkpointEvery: 0 });
    const tried: [step: number, rate: number, scale: number | undefined][] = [];
    run.step = (step, rate, scale) => {
      tried.push([step, rate, scale]);
      const overflows = step === 2 && scale! > 1000;
      return Promise.resolve({ loss: 1, gradientNorm: overflows ? Infinity : 1, tokens: 4 });
    };
    const progress = { ...freshProgress(), lossScale: newLossScale(4096) };
    const events: RunEvent[] = [];
    const { words } = await play(run, { progress, react: (event) => events.push(event) });
    assert.deepEqual(words, ['step 1', 'step 2', 'step 3', 'eval 3 best', 'checkpoint 3 best+last']);
    const steps = tried.map(([step, , scale]) => [step, scale]);
    assert.deepEqual(steps, [
      [1, 4096],
      [2, 4096],
      [2, 2048],
      [2, 1024],
      [2, 512],
      [3, 512],
    ]);
    assert.equal(new Set(tried.map(([step, rate]) => `${step} ${rate}`)).size, 3, 'one learning rate a step');
    const facts = events.flatMap((event) =>
      event.event === 'step' ? [[event.lossScale, event.skipped]] : [],
    );
    assert.deepEqual(facts, [
      [4096, 0],
      [512, 3],
      [512, 3],
    ]);
    assert.deepEqual(run.saved?.lossScale, { scale: 512, goodSteps: 2, skipped: 3 });
  });

  it('ends a run whose gradients overflow whatever the scale, and one in float32 at once', async () => {
    const run = fake({ steps: 3 });
    run.step = () => Promise.resolve({ loss: 1, gradientNorm: NaN, tokens: 4 });
    await assert.rejects(play(run), hasCode('diverged'));
    const progress = { ...freshProgress(), lossScale: newLossScale(65_536) };
    await assert.rejects(play(run, { progress }), {
      code: 'diverged',
      message: /overflow in float16 at step 1/,
    });
    assert.equal(progress.step, 0);
  });
});
