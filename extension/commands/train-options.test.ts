import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { objectiveFor, optionsOf } from './train-options.ts';

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

describe('objectiveFor', () => {
  it('keeps what the form has for text, and takes what is named', () => {
    assert.equal(objectiveFor({}, 'mlm'), 'mlm');
    assert.equal(objectiveFor({}, 'classify'), 'clm');
    assert.equal(objectiveFor({ objective: 'qa' }, 'clm'), 'qa');
  });

  it('is one that the named preset can learn', () => {
    assert.equal(objectiveFor({ model: 'gpt-nano' }, 'mlm'), 'clm');
    assert.equal(objectiveFor({ model: 'bert-tiny' }, 'clm'), 'mlm');
    assert.equal(objectiveFor({ model: 'bert-tiny' }, 'tag'), 'mlm');
    assert.equal(objectiveFor({ model: 'roberta-base' }, 'mlm+nsp'), 'mlm');
    assert.equal(objectiveFor({ model: '/models/mine' }, 'mlm'), 'mlm');
  });
});
