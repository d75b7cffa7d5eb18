import assert from 'node:assert/strict';
import { it } from 'node:test';
import { CombineRequestSchema, parseWeight } from './combine.ts';

it('parseWeight: finite numbers and nothing else', () => {
  assert.deepEqual(['0.7', ' 1 ', '-1', '.5', '1e-2', '0'].map(parseWeight), [0.7, 1, -1, 0.5, 0.01, 0]);
  for (const text of ['', ' ', '0,7', '70%', '1/2', 'NaN', 'Infinity', '1e999', 'a'])
    assert.equal(parseWeight(text), undefined, text);
});

it('a combination is of one adapter or more', () => {
  const of = (...parts: object[]): boolean => CombineRequestSchema.safeParse({ parts, out: 'both' }).success;
  assert.deepEqual([of(), of({ adapter: 'first', weight: 1 })], [false, true]);
});
