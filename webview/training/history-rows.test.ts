import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { columnsFor, filtered, sorted } from './history-rows.ts';
import { aRun } from './test-support.ts';

const runs = [
  aRun({ name: 'small', hyperparameters: { lr: 1e-3, batch: 12, clip: 1 }, best: { step: 9, valLoss: 2 } }),
  aRun({ name: 'quick', hyperparameters: { lr: 3e-3, batch: 12, clip: 1 }, best: { step: 9, valLoss: 1 } }),
  aRun({ name: 'lost', hyperparameters: { lr: 1, batch: 12, clip: 1 }, status: 'failed' }),
];
const names = (found: readonly { name: string }[]): string[] => found.map(({ name }) => name);

describe('history', () => {
  it('has columns for hyperparameters that matter or differ', () => {
    const labels = columnsFor(runs).map(({ label }) => label);
    assert.deepEqual(labels.slice(6), ['lr', 'batch']);
    const other = aRun({ name: 'other', hyperparameters: { lr: 1, batch: 12, clip: 0 } });
    assert.ok(columnsFor([...runs, other]).some(({ label }) => label === 'clip'));
  });

  it('has a column of objectives where not all are of next tokens', () => {
    assert.ok(columnsFor(runs).every(({ key }) => key !== 'objective'));
    const tagger = aRun({ name: 'tagger', objective: 'tag' });
    const [first] = columnsFor([...runs, tagger]);
    assert.deepEqual([first!.key, first!.text(tagger)], ['objective', 'Tag words']);
    assert.deepEqual(names(filtered([...runs, tagger], 'tag words')), ['tagger']);
  });

  it('sorts by any column, what is not known last', () => {
    const columns = columnsFor(runs);
    const by = (key: string, descending: boolean) => names(sorted(runs, columns, { key, descending }));
    assert.deepEqual(by('valLoss', false), ['quick', 'small', 'lost']);
    assert.deepEqual(by('valLoss', true), ['small', 'quick', 'lost']);
    assert.deepEqual(by('name', false), ['lost', 'quick', 'small']);
    assert.deepEqual(by('hyperparameters.lr', true), ['lost', 'quick', 'small']);
    assert.deepEqual(by('gone', true), names(runs));
  });

  it('finds runs by every word', () => {
    assert.deepEqual(names(filtered(runs, '')), names(runs));
    assert.deepEqual(names(filtered(runs, 'lr=0.003')), ['quick']);
    assert.deepEqual(names(filtered(runs, 'FAILED gpt')), ['lost']);
    assert.deepEqual(names(filtered(runs, 'failed quick')), []);
  });

  it('writes what it does not know as a dash', () => {
    const [valLoss] = columnsFor(runs);
    assert.deepEqual(
      runs.map((run) => valLoss?.text(run)),
      ['2.0000', '1.0000', '–'],
    );
  });
});
