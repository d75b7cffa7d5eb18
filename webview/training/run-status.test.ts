import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RunStatusSchema } from '../protocol/training.ts';
import { canComplete, canDelete, canResume, hasModel, isActive, lookOf } from './run-status.ts';
import { aRun } from './test-support.ts';

describe('run status', () => {
  it('looks and reads different for every status', () => {
    const statuses = RunStatusSchema.options;
    assert.equal(new Set(statuses.map((status) => lookOf(status).label)).size, statuses.length);
  });

  it('says what can be done', () => {
    const can = RunStatusSchema.options.map((status) => {
      const run = aRun({ status });
      return [status, isActive(status), canResume(run), hasModel(run), canDelete(run)].map((value) =>
        typeof value === 'boolean' ? Number(value) : value,
      );
    });
    assert.deepEqual(can, [
      // active, resume, model, delete
      ['preparing', 1, 0, 0, 0],
      ['running', 1, 0, 0, 0],
      ['paused', 1, 0, 0, 0],
      ['stopping', 1, 0, 0, 0],
      ['completed', 0, 0, 1, 1],
      ['stopped', 0, 1, 1, 1],
      ['interrupted', 0, 1, 1, 1],
      ['failed', 0, 1, 1, 1],
      ['elsewhere', 0, 0, 1, 0],
    ]);
  });

  it('offers completion only with what has learned to write', () => {
    const run = aRun({ status: 'completed' });
    assert.deepEqual([canComplete(run), canComplete({ ...run, objective: 'mlm' })], [true, false]);
    assert.equal(canComplete(aRun({ status: 'failed', step: 0 })), false);
  });

  it('has nothing to go on with at the beginning and at the end', () => {
    assert.equal(canResume(aRun({ status: 'interrupted', step: 0 })), false);
    assert.equal(hasModel(aRun({ status: 'failed', step: 0 })), false);
    assert.equal(canResume(aRun({ status: 'stopped', step: 200, steps: 200 })), false);
  });
});
