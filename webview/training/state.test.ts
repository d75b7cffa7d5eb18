import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nextState, thinned } from './state.ts';
import { aCurrent, aPoint, aRun, aState } from './test-support.ts';

describe('training state', () => {
  it('is nothing before the first state, and then what that says', () => {
    assert.equal(nextState(undefined, { type: 'points', points: [aPoint(1)] }), undefined);
    const state = aState();
    assert.equal(nextState(undefined, { type: 'state', state }), state);
  });

  it('changes the setup alone: a plan that is gone is gone', () => {
    const { current, history, ...setup } = aState();
    const planning = { phase: 'reading files', done: 1 };
    const state = nextState(aState({ planning }), { type: 'setup', setup });
    assert.deepEqual(state, { ...setup, current, history });
    assert.equal(state.planning, undefined);
  });

  it('takes a head of the current run, keeps its series and follows it in the history', () => {
    const series = { points: [aPoint(1)], evaluations: [], samples: [] };
    const state = aState({ current: aCurrent({ series }), history: [aRun(), aRun({ name: 'b' })] });
    const head = { summary: aRun({ step: 150 }), notes: ['note'] };
    const next = nextState(state, { type: 'head', head });
    assert.deepEqual(next?.current, { ...head, series });
    assert.deepEqual(
      next.history.map(({ step }) => step),
      [150, 100],
    );
    const other = { ...head, summary: aRun({ name: 'b' }) };
    assert.equal(nextState(state, { type: 'head', head: other }), state);
  });

  it('adds points, and forgets those that a resumed run measures again', () => {
    const first = nextState(aState(), { type: 'points', points: [aPoint(1), aPoint(2), aPoint(3)] });
    const second = nextState(first, { type: 'points', points: [aPoint(2, { loss: 7 }), aPoint(3)] });
    assert.deepEqual(
      second?.current?.series.points.map(({ step, loss }) => [step, loss]),
      [
        [1, 2],
        [2, 7],
        [3, 2],
      ],
    );
  });

  it('keeps several samples of a step, and one evaluation', () => {
    let state = nextState(aState(), { type: 'evaluation', evaluation: { step: 5, valLoss: 2, best: true } });
    state = nextState(state, { type: 'evaluation', evaluation: { step: 5, valLoss: 1, best: true } });
    for (const text of ['one', 'two']) {
      state = nextState(state, { type: 'sample', sample: { step: 5, prompt: 'p', text } });
    }
    const series = state?.current?.series;
    assert.deepEqual(
      series?.evaluations.map(({ valLoss }) => valLoss),
      [1],
    );
    assert.deepEqual(
      series.samples.map(({ text }) => text),
      ['one', 'two'],
    );
  });

  it('thins a long run, and keeps its spikes', () => {
    const points = Array.from({ length: 8000 }, (_, i) =>
      aPoint(i, { loss: i === 4321 ? 99 : i === 17 ? 0.1 : 2 }),
    );
    const next = nextState(aState(), { type: 'points', points });
    const kept = next!.current!.series.points;
    assert.ok(kept.length <= 4000);
    assert.ok(kept.some(({ loss }) => loss === 99) && kept.some(({ loss }) => loss === 0.1));
    assert.deepEqual(
      kept.map(({ step }) => step),
      kept.map(({ step }) => step).sort((a, b) => a - b),
    );
    assert.deepEqual(thinned([aPoint(1)]), [aPoint(1)]);
  });
});
