import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TrainingPageSchema, zoomOf } from './page-state.ts';
import { aMemory } from './test-support.ts';

describe('page state', () => {
  it('keeps the choice of a tokenizer that is not valid yet', () => {
    const tokenizer = { kind: 'folder', size: '8192', folder: '' };
    assert.deepEqual(TrainingPageSchema.parse({ tokenizer }).tokenizer, tokenizer);
  });
});

describe('zoom', () => {
  it('is of one run', () => {
    const memory = aMemory({ zoom: { run: '/runs/a', min: 1, max: 2 } });
    assert.equal(zoomOf(memory, '/runs/a')?.max, 2);
    assert.equal(zoomOf(memory, '/runs/b'), undefined);
  });
});
