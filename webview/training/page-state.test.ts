import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { zoomOf } from './page-state.ts';
import { aMemory } from './test-support.ts';

describe('zoom', () => {
  it('is of one run', () => {
    const memory = aMemory({ zoom: { run: '/runs/a', min: 1, max: 2 } });
    assert.equal(zoomOf(memory, '/runs/a')?.max, 2);
    assert.equal(zoomOf(memory, '/runs/b'), undefined);
  });
});
