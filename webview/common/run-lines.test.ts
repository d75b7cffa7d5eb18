import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Evaluation } from '../protocol/training.ts';
import { lossLines, metricLines, scoreLines } from './run-lines.ts';
import { aPoint } from '../training/test-support.ts';

const series = {
  points: [1, 2, 3, 4].map((step) => aPoint(step, { loss: 5 - step })),
  evaluations: [{ step: 3, valLoss: 2.5, best: true }],
  samples: [],
};

describe('chart lines of runs', () => {
  it('lay validation over training by steps', () => {
    const { x, lines } = lossLines([{ series, style: 0 }], { smoothing: 0, byTime: false });
    assert.deepEqual(x, [1, 2, 3, 4]);
    assert.deepEqual(
      lines.map(({ label, look, values }) => [label, look, values]),
      [
        ['Training', 'plain', [4, 3, 2, 1]],
        ['Validation', 'marked', [null, null, 2.5, null]],
      ],
    );
  });

  it('lay it by time where its step was done', () => {
    const { x, lines } = lossLines([{ series, style: 0 }], { smoothing: 0, byTime: true });
    assert.deepEqual(x, [0.5, 1, 1.5, 2]);
    assert.deepEqual(lines[1]?.values, [null, null, 2.5, null]);
  });

  it('show the numbers themselves behind a smoothed line', () => {
    const { lines } = lossLines([{ series, style: 2, tag: 'B' }], { smoothing: 0.5, byTime: false });
    assert.deepEqual(
      lines.map(({ label, look, style, tag }) => [label, look, style, tag]),
      [
        ['Training, not smoothed', 'faint', 2, undefined],
        ['Training', 'plain', 2, 'B'],
        ['Validation', 'marked', 2, 'B'],
      ],
    );
  });

  it('have room for the steps of every run', () => {
    const other = { points: [aPoint(2, { loss: 9 }), aPoint(10, { loss: 8 })], evaluations: [], samples: [] };
    const runs = [
      { series, style: 0, tag: 'A' },
      { series: other, style: 1, tag: 'B' },
    ];
    const { x, lines } = lossLines(runs, { smoothing: 0, byTime: false });
    assert.deepEqual(x, [1, 2, 3, 4, 10]);
    assert.deepEqual(lines[2]?.values, [null, 9, null, null, 8]);
  });

  it('are one for each score of the evaluations that is no loss', () => {
    const evaluations: Evaluation[] = [
      { step: 2, valLoss: 3, best: true, metrics: { mlmLoss: 3, mlmAccuracy: 0.1 } },
      { step: 4, valLoss: 2, best: true, metrics: { mlmLoss: 2, mlmAccuracy: 0.4, nspAccuracy: 0.5 } },
    ];
    const { x, lines } = scoreLines({ ...series, evaluations }, { smoothing: 0.5, byTime: true });
    assert.deepEqual(x, [1, 2]);
    assert.deepEqual(
      lines.map(({ label, style, look, values }) => [label, style, look, values]),
      [
        ['Masked right', 0, 'marked', [0.1, 0.4]],
        ['Next right', 1, 'marked', [null, 0.5]],
      ],
    );
    assert.deepEqual(scoreLines(series, { smoothing: 0, byTime: false }).lines, []);
  });

  it('are one for a metric', () => {
    const { lines } = metricLines(series.points, 'learningRate', 'Rate', { smoothing: 0, byTime: false });
    assert.deepEqual(
      lines.map(({ label, values }) => [label, values]),
      [['Rate', [1e-3, 1e-3, 1e-3, 1e-3]]],
    );
  });
});
