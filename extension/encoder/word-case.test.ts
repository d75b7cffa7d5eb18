import assert from 'node:assert/strict';
import { it } from 'node:test';
import { inCaseOf } from './word-case.ts';

it('inCaseOf: lower case becomes what stood there, and any other case stays', () => {
  assert.equal(inCaseOf('Paris', 'london'), 'London');
  assert.equal(inCaseOf('NASA', 'esa'), 'ESA');
  assert.equal(inCaseOf('I', 'we'), 'We');
  assert.equal(inCaseOf('paris', 'london'), 'london');
  assert.equal(inCaseOf('Paris', 'iPhone'), 'iPhone');
  assert.equal(inCaseOf('', 'london'), 'london');
});
