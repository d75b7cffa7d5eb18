import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareBoundaries } from './boundaries.ts';
import { columnOf } from './test-support.ts';

describe('the comparison of boundaries', () => {
  it('marks the tokens that end where the other has no boundary', () => {
    const { main, other, ...counts } = compareBoundaries(
      columnOf('ab', 'c', 'def', 'g'),
      columnOf('a', 'bc', 'de', 'fg'),
    );
    assert.deepEqual(counts, { shared: 1, onlyMain: 2, onlyOther: 2 });
    assert.deepEqual([...main], [1, 0, 1, 0]);
    assert.deepEqual([...other], [1, 0, 1, 0]);
  });

  it('leaves boundaries inside characters out', () => {
    const { shared, onlyMain, onlyOther } = compareBoundaries(
      columnOf('a', ['é', 1, 1], 'b'),
      columnOf('a', 'é', 'b'),
    );
    assert.deepEqual([shared, onlyMain, onlyOther], [2, 0, 0]);
  });

  it('finds none in equal tokens, one token or no text', () => {
    for (const pieces of [['a', 'b'], ['ab'], []]) {
      const { onlyMain, onlyOther } = compareBoundaries(columnOf(...pieces), columnOf(...pieces));
      assert.deepEqual([onlyMain, onlyOther], [0, 0]);
    }
    assert.equal(compareBoundaries(columnOf('abc'), columnOf('a', 'b', 'c')).onlyOther, 2);
  });
});
