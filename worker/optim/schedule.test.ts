import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { learningRate, type ScheduleSettings } from './schedule.ts';

const nanoGpt: ScheduleSettings = {
  schedule: 'cosine',
  steps: 2000,
  lr: 1e-3,
  minLr: 1e-4,
  warmup: 100,
  decaySteps: 1900,
};

const near = (got: number, expected: number): void =>
  assert.ok(Math.abs(got - expected) < 1e-12, `expected ${expected}, got ${got}`);

describe('learningRate', () => {
  it('follows nanoGPT: get_lr(it) of train.py with warmup_iters 100 and lr_decay_iters 2000, it = step - 1', () => {
    near(learningRate(1, nanoGpt), 1e-3 / 101);
    near(learningRate(100, nanoGpt), (1e-3 * 100) / 101);
    near(learningRate(101, nanoGpt), 1e-3);
    near(learningRate(1051, nanoGpt), 5.5e-4); // half way down
    near(learningRate(576, nanoGpt), 1e-4 + 9e-4 * 0.5 * (1 + Math.SQRT1_2)); // a quarter
    near(learningRate(2001, nanoGpt), 1e-4);
    near(learningRate(5000, nanoGpt), 1e-4);
  });

  it('holds a constant rate after warmup', () => {
    const constant: ScheduleSettings = { ...nanoGpt, schedule: 'constant', warmup: 0 };
    for (const step of [1, 2, 1000, 2000]) assert.equal(learningRate(step, constant), 1e-3);
  });

  it('falls in a line, and stays at the minimum', () => {
    const linear: ScheduleSettings = { ...nanoGpt, schedule: 'linear', decaySteps: 900 };
    near(learningRate(101, linear), 1e-3);
    near(learningRate(551, linear), 5.5e-4);
    near(learningRate(1001, linear), 1e-4);
    near(learningRate(1500, linear), 1e-4);
  });

  it('keeps warmup-stable-decay at the peak until the last steps', () => {
    const wsd: ScheduleSettings = { ...nanoGpt, schedule: 'wsd', decaySteps: 400 };
    near(learningRate(101, wsd), 1e-3);
    near(learningRate(1601, wsd), 1e-3);
    near(learningRate(1801, wsd), 5.5e-4);
    near(learningRate(2001, wsd), 1e-4);
  });

  it('warms up over all steps of a run that is shorter than its warmup', () => {
    near(learningRate(50, { ...nanoGpt, steps: 50, decaySteps: 0 }), (1e-3 * 50) / 101);
  });
});
