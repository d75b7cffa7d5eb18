import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { afterOverflow, afterStep, INITIAL_SCALE, type LossScale, newLossScale } from './loss-scale.ts';

function steps(count: number, from: LossScale): LossScale {
  return Array.from({ length: count }).reduce<LossScale>((scale) => afterStep(scale), from);
}

describe('the loss scale', () => {
  it('doubles after 2000 good steps in a row, as PyTorch does', () => {
    const start = newLossScale(INITIAL_SCALE);
    assert.equal(start.scale, 65_536);
    assert.deepEqual(steps(1999, start), { scale: 65_536, goodSteps: 1999, skipped: 0 });
    assert.deepEqual(steps(2000, start), { scale: 131_072, goodSteps: 0, skipped: 0 });
    assert.deepEqual(steps(4000, start).scale, 262_144);
  });

  it('halves with each overflow, which counts as skipped and begins the row of good steps anew', () => {
    const after = afterOverflow(steps(1999, newLossScale(1024)), 2000);
    assert.deepEqual(after, { scale: 512, goodSteps: 0, skipped: 1 });
    assert.deepEqual(steps(1999, after).scale, 512);
    assert.deepEqual(afterOverflow(after, 2000), { scale: 256, goodSteps: 0, skipped: 2 });
  });

  it('gives up where a smaller scale can not help', () => {
    let scale = newLossScale(INITIAL_SCALE);
    const give = (): void => {
      for (;;) scale = afterOverflow(scale, 7);
    };
    assert.throws(give, {
      code: 'diverged',
      message: /overflow in float16 at step 7.*scale of 0\.00006103515625$/,
    });
    assert.deepEqual(scale, { scale: 2 ** -14, goodSteps: 0, skipped: 30 });
  });
});
