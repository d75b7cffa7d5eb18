import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ENCODER_HEADS } from '../models/bert-config.ts';
import { preset } from '../models/presets.ts';
import { objectiveOf } from './objectives.ts';

const model = (config: object) => ({
  from: 'x',
  pretrained: true,
  specialIds: {},
  config: { ...preset('bert-tiny'), ...config },
});

describe('objectiveOf', () => {
  it('is what the head of an encoder is for, masked tokens without a head, and next tokens for a decoder', () => {
    const usual = ENCODER_HEADS.map((head) => objectiveOf(undefined, model({ head })));
    assert.deepEqual(usual, ['mlm', 'mlm', 'mlm+nsp', 'classify', 'tag', 'qa']);
    assert.equal(objectiveOf(undefined, { ...model({}), config: preset('gpt-nano') }), 'clm');
  });

  it('is what was asked for, unless the model can not learn it', () => {
    assert.equal(objectiveOf('tag', model({ head: 'classify' })), 'tag');
    assert.throws(() => objectiveOf('clm', model({})), { code: 'usage', message: /is an encoder/ });
    assert.throws(() => objectiveOf('mlm', { ...model({}), config: preset('gpt-nano') }), { code: 'usage' });
  });
});
