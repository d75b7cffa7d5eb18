import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { closingIndex, missingClosers } from './brackets.ts';

describe('missingClosers', () => {
  for (const [text, owed] of [
    ['foo', ''],
    ['foo(', ')'],
    ['foo([', '])'],
    ['foo()', ''],
    ['{ a: "', '"}'],
    ['"(', '"'],
    ['"a\\"', '"'],
    ['a)', ''],
  ] as const) {
    it(`${text} owes ${owed === '' ? 'nothing' : owed}`, () => assert.equal(missingClosers(text), owed));
  }
});

describe('closingIndex', () => {
  for (const [text, owed, index] of [
    ['a, b)', ')', 4],
    ['a, b) + c(d)', ')', 4],
    ['f(a), b)', ')', 7],
    ['a', ')', -1],
    ['x])', '])', 2],
    ['x]', '])', -1],
    ['it")', '")', 3],
    ['")")', ')', 3],
  ] as const) {
    it(`${text} pays ${owed} at ${index}`, () => assert.equal(closingIndex(text, owed), index));
  }
});
