import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pointAt } from './test-support.ts';
import { thin } from './thin.ts';

describe('thin', () => {
  it('leaves few points as they are', () => {
    const points = [pointAt(1), pointAt(2)];
    assert.equal(thin(points, 2), points);
  });

  it('keeps ends and spikes, in order, and no more than it may', () => {
    const loss = (step: number): number => (step === 5003 ? 90 : step === 7001 ? -90 : 10 / step);
    const points = Array.from({ length: 10_000 }, (_, i) => pointAt(i + 1, loss(i + 1)));
    const thinned = thin(points, 500);
    assert.ok(thinned.length <= 500 && thinned.length > 400, `${thinned.length} points`);
    const steps = thinned.map(({ step }) => step);
    assert.deepEqual(
      steps,
      [...new Set(steps)].sort((a, b) => a - b),
    );
    for (const step of [1, 5003, 7001, 10_000]) assert.ok(steps.includes(step), `step ${step}`);
  });

  it('keeps a constant curve at its length', () => {
    const points = Array.from({ length: 1000 }, (_, i) => pointAt(i * 10, 1));
    const steps = thin(points, 100).map(({ step }) => step);
    assert.deepEqual([steps[0], steps.at(-1)], [0, 9990]);
  });
});
