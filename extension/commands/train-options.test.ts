import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { optionsOf } from './train-options.ts';

describe('optionsOf', () => {
  it('takes fields of the form, and nothing', () => {
    assert.deepEqual(optionsOf({ model: 'gpt-nano', training: { steps: 3 } }), {
      model: 'gpt-nano',
      training: { steps: 3 },
    });
    assert.deepEqual([optionsOf(undefined), optionsOf(null)], [{}, {}]);
  });

  it('is nothing that the line of a run has', () => {
    assert.deepEqual(optionsOf({ path: '/runs/a', model: 'gpt2', data: ['/old'] }), {});
  });

  it('names what does not fit', () => {
    assert.throws(() => optionsOf({ model: 3, data: 'src' }), {
      code: 'usage',
      message: /: data: .*array.*; model: .*string/,
    });
    assert.throws(() => optionsOf('src'), {
      code: 'usage',
      message: /do not fit: Invalid input: expected object/,
    });
  });
});
