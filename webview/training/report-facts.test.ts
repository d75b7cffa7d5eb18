import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RunReportSchema } from '../protocol/objectives.ts';
import {
  baselineName,
  classRows,
  confusionRows,
  reportSource,
  reportSummary,
  scoreRows,
} from './report-facts.ts';
import { scoreLabel } from '../protocol/scores.ts';
import { scoreNames, scoreText } from '../common/scores.ts';

const REPORT = RunReportSchema.parse({
  examples: 1234,
  model: { accuracy: 0.9512, macroF1: 0.9, matthews: 0.8 },
  baseline: { accuracy: 0.9, macroF1: 0.9001 },
  baselineName: 'TF-IDF',
  classes: [
    { name: 'ham', precision: 1, recall: 0.75, f1: 0.857, examples: 4 },
    { name: 'spam', precision: 0, recall: 0, f1: 0, examples: 0 },
  ],
  confusion: [
    [3, 1],
    [0, 0],
  ],
});

describe('report', () => {
  it('has the scores of the model beside those of the baseline', () => {
    assert.deepEqual(
      scoreRows(REPORT).map(({ label, model, baseline, difference }) => [label, model, baseline, difference]),
      [
        ['Accuracy', '0.951', '0.900', '+0.051'],
        ['Macro-F1', '0.900', '0.900', '±0.000'],
        ['Matthews', '0.800', '', ''],
      ],
    );
    const worse = scoreRows({ ...REPORT, model: { accuracy: 0.8 } });
    assert.equal(worse[0]!.difference, '\u22120.100');
    assert.equal(baselineName(REPORT), 'TF-IDF');
    assert.equal(baselineName({ examples: 1, model: {} }), undefined);
  });

  it('has rows of classes and of confusions, with shares of the row', () => {
    assert.deepEqual(classRows(REPORT)[0], ['ham', '1.000', '0.750', '0.857', '4']);
    const [ham, spam] = confusionRows(REPORT);
    assert.deepEqual(
      ham!.cells.map(({ count, share, isRight }) => [count, share, isRight]),
      [
        [3, 0.75, true],
        [1, 0.25, false],
      ],
    );
    assert.deepEqual(
      spam!.cells.map(({ share, isRight }) => [share, isRight]),
      [
        [0, false],
        [0, true],
      ],
    );
  });

  it('says what it was measured on, and in one sentence what came of it', () => {
    assert.match(reportSource(REPORT), /^On 1,234 test examples, /);
    assert.match(reportSource({ examples: 1, model: {} }), /^On 1 test example, /);
    assert.equal(reportSummary(REPORT), 'The report is ready: Accuracy 0.951, TF-IDF 0.900');
    assert.equal(reportSummary({ examples: 1, model: { f1: 0.5 } }), 'The report is ready: F1 0.500');
  });
});

describe('scores', () => {
  it('are named and written by what they are', () => {
    assert.equal(scoreLabel('exactMatch, with answer'), 'Exact match, with answer');
    assert.equal(scoreLabel('ndcg'), 'ndcg');
    assert.deepEqual([scoreText('mlmLoss', 1.5), scoreText('mlmAccuracy', 0.25)], ['1.5000', '0.250']);
  });

  it('are those of all evaluations, each once', () => {
    const at = (step: number, metrics?: Record<string, number>) => ({
      step,
      valLoss: 1,
      best: true,
      metrics,
    });
    assert.deepEqual(scoreNames([at(1), at(2, { f1: 0, recall: 1 }), at(3, { recall: 1, f1: 0 })]), [
      'f1',
      'recall',
    ]);
  });
});
