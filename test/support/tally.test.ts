import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { count, emptyTally, sum, summaryLine, type Tally, type TestResult } from './tally.ts';

const file = '/repo/a.test.ts';

function tallyOf(outcome: 'pass' | 'fail', result: Partial<TestResult>, grep = false): Tally {
  const tally = emptyTally();
  count(tally, outcome, { name: 'a test', nesting: 1, file, details: {}, ...result }, grep);
  return tally;
}

describe('test tally', () => {
  it('counts tests that pass and fail', () => {
    assert.deepEqual(tallyOf('pass', {}), { passed: 1, failed: 0, skipped: 0 });
    assert.deepEqual(tallyOf('fail', {}), { passed: 0, failed: 1, skipped: 0 });
  });

  it('counts skipped and todo tests as neither', () => {
    const skipped = { passed: 0, failed: 0, skipped: 1 };
    assert.deepEqual(tallyOf('pass', { skip: 'no device' }), skipped);
    assert.deepEqual(tallyOf('pass', { skip: true }), skipped);
    assert.deepEqual(tallyOf('fail', { todo: true }), skipped);
  });

  it('leaves suites out, unless they fail by themselves', () => {
    const suite = (failureType: string) => ({ details: { type: 'suite', error: { failureType } } });
    assert.deepEqual(tallyOf('pass', { details: { type: 'suite' } }), emptyTally());
    assert.deepEqual(tallyOf('fail', suite('subtestsFailed')), emptyTally());
    assert.equal(tallyOf('fail', suite('hookFailed')).failed, 1);
  });

  it('counts a file that crashed or defines no test as failed', () => {
    const wholeFile = { name: file, nesting: 0 };
    assert.equal(tallyOf('fail', wholeFile).failed, 1);
    assert.equal(tallyOf('pass', wholeFile).failed, 1);
  });

  it('with --grep, ignores what the pattern leaves out', () => {
    assert.deepEqual(tallyOf('pass', { name: file, nesting: 0 }, true), emptyTally());
    assert.deepEqual(tallyOf('pass', { skip: 'test name does not match pattern' }, true), emptyTally());
    assert.equal(tallyOf('pass', {}, true).passed, 1);
  });

  it('adds lanes up in the last line', () => {
    const total = sum([
      { passed: 3, failed: 0, skipped: 1 },
      { passed: 2, failed: 1, skipped: 0 },
    ]);
    assert.deepEqual(total, { passed: 5, failed: 1, skipped: 1 });
    assert.equal(summaryLine(total), '5 passed, 1 failed');
  });
});
