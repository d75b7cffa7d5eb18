import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TrainingPlan } from '../protocol/training.ts';
import { leftOutRows, memoryFit, planFacts } from './plan-facts.ts';

const plan: TrainingPlan = {
  parameters: 1_850_000,
  files: 1,
  bytes: 2048,
  leftOut: { 'too large': 2, 'not text': 30 },
  tokens: 912_345,
  tokensEstimated: true,
  memoryBytes: 1024 ** 3,
  availableBytes: 4 * 1024 ** 3,
  stepMs: 1250,
  minutes: 2.5,
  provider: 'cpu',
  threads: 1,
  precision: { type: 'float32', emulated: false },
  notes: [],
};

describe('plan', () => {
  it('is told in words, and as a guess where it is one', () => {
    assert.deepEqual(
      planFacts(plan).map(({ name, value, more }) => [name, value, more]),
      [
        ['Model', '1.85 M parameters', undefined],
        ['Data', '1 file', '2 KiB'],
        ['Tokens', 'about 912 k', 'to train on'],
        ['Time', 'about 2 min 30 s', '1.3 s a step'],
        ['Device', 'cpu', '1 thread'],
      ],
    );
  });

  it('says a precision that is not float32, and whether it is emulated', () => {
    const of = (emulated: boolean) =>
      planFacts({ ...plan, precision: { type: 'bfloat16', emulated } }).at(-1)!.more;
    assert.deepEqual([of(true), of(false)], ['1 thread, bfloat16, emulated', '1 thread, bfloat16']);
  });

  it('says whether the memory is enough', () => {
    const of = (gib: number) => memoryFit({ ...plan, memoryBytes: gib * 1024 ** 3 });
    assert.deepEqual(
      [1, 3.5, 5].map((gib) => of(gib).level),
      ['fits', 'tight', 'too much'],
    );
    assert.match(of(5).text, /^5 GiB of 4 GiB free: too much$/);
    assert.equal(memoryFit({ ...plan, availableBytes: 0 }).level, 'too much');
  });

  it('lists what was left out, most first', () => {
    assert.deepEqual(leftOutRows(plan.leftOut), [
      ['not text', 30],
      ['too large', 2],
    ]);
  });
});
