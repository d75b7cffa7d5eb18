import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { freshProgress, ProgressSchema, recordEvaluation } from './progress.ts';

/** Steps of the evaluations that were the best when they were taken in, and of the one that was at the end. */
function bests(
  results: readonly { readonly loss: number; readonly score?: number }[],
): [steps: number[], last: number] {
  const progress = freshProgress();
  const steps = results.flatMap(({ loss, score: value }) => {
    progress.step++;
    const score = value === undefined ? undefined : { name: 'f1', value };
    return recordEvaluation(progress, { loss, score, tokens: 1 }) ? [progress.step] : [];
  });
  return [steps, progress.best!.step];
}

describe('recordEvaluation', () => {
  it('takes the smallest loss where there is no score', () => {
    assert.deepEqual(bests([{ loss: 3 }, { loss: 2 }, { loss: 2 }, { loss: 2.5 }, { loss: 1 }]), [
      [1, 2, 5],
      5,
    ]);
  });

  it('takes the highest score whatever the loss, and of equal ones the smaller loss', () => {
    const results = [
      { loss: 1, score: 0.5 },
      { loss: 2, score: 0.75 },
      { loss: 1.5, score: 0.75 },
      { loss: 1.5, score: 0.75 },
      { loss: 0.1, score: 0.7 },
    ];
    assert.deepEqual(bests(results), [[1, 2, 3], 3]);
  });

  it('counts the evaluations since the best', () => {
    const progress = freshProgress();
    for (const loss of [2, 3, 2.5]) recordEvaluation(progress, { loss, tokens: 1 });
    assert.equal(progress.evaluationsSinceBest, 2);
    assert.deepEqual(progress.lastEvaluation, { step: 0, valLoss: 2.5 });
  });
});

describe('ProgressSchema', () => {
  it('reads the score of an earlier version, which had no name', () => {
    const stored = {
      step: 3,
      settledStep: 3,
      evaluationsSinceBest: 0,
      best: { step: 3, valLoss: 1, score: 0.5 },
    };
    const progress = ProgressSchema.parse(stored);
    assert.deepEqual(progress.best?.score, { name: 'score', value: 0.5 });
    progress.step = 4;
    assert.ok(recordEvaluation(progress, { loss: 2, score: { name: 'f1', value: 0.6 }, tokens: 1 }));
  });
});
