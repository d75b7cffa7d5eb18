import assert from 'node:assert/strict';
import { it } from 'node:test';
import { combinationLabel, combinedName, equalWeight } from './combination.ts';

it('equalWeight: shares with two digits', () => {
  assert.deepEqual([1, 2, 3].map(equalWeight), ['1', '0.5', '0.33']);
});

it('a combination in words: signs between the terms, folders by their names', () => {
  const [tests, docs] = ['/runs/tests', '/runs/docs'] as const;
  const label = (...weights: readonly [number, number]): string =>
    combinationLabel([tests, docs].map((adapter, i) => ({ adapter, weight: weights[i]! })));
  assert.equal(label(0.7, 0.3), '0.7 tests + 0.3 docs');
  assert.equal(label(-1, -0.5), '-1 tests - 0.5 docs');
  assert.equal(combinedName([tests, docs]), 'tests+docs');
});
