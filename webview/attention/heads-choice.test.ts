import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allHeads, headsName, movedHead, toggled, validHeads } from './heads-choice.ts';

const grid = { layers: 3, heads: 4 };

describe('the chosen heads', () => {
  it('are some that the model has', () => {
    assert.deepEqual(validHeads([5, 2, 2, 99], 12), [2, 5]);
    assert.deepEqual(validHeads([99], 12), [0]);
    assert.deepEqual(allHeads(3), [0, 1, 2]);
  });

  it('are one more or one less, but never none', () => {
    assert.deepEqual(toggled([1, 5], 3), [1, 3, 5]);
    assert.deepEqual(toggled([1, 5], 5), [1]);
    assert.deepEqual(toggled([1], 1), [1]);
  });

  it('have a name', () => {
    assert.equal(headsName([5], grid), 'layer 2, head 2');
    assert.equal(headsName([1, 2], grid), 'the average of 2 heads');
    assert.equal(headsName(allHeads(12), grid), 'the average of all 12 heads');
  });

  it('are moved among by keys', () => {
    const press = (key: string) => movedHead(key, 5, grid);
    assert.deepEqual(['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'].map(press), [4, 6, 1, 9]);
    assert.deepEqual(['Home', 'End', 'PageUp', 'PageDown', 'x'].map(press), [4, 7, 1, 9, undefined]);
    assert.deepEqual([movedHead('ArrowLeft', 4, grid), movedHead('ArrowUp', 2, grid)], [4, 2]);
  });
});
