import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sequenceOf } from '../../data/test-support.ts';
import { nextTokenEvaluation } from './next-token.ts';

describe('nextTokenEvaluation', () => {
  const tokens = sequenceOf([
    [7, 1, 8],
    [7, 2, 8],
  ]);
  const targets = (bosId: number | undefined, eosId: number | undefined): number[] => {
    const [batch] = nextTokenEvaluation(tokens, { bosId, eosId }, { batch: 1, context: 5 }, 0);
    return Array.from(batch!.feeds.targets as Int32Array);
  };

  it('does not count the token before a text, which does not follow from the text before', () => {
    assert.deepEqual(targets(7, 8), [1, 8, -1, 2, 8]);
    assert.deepEqual(targets(undefined, 8), [1, 8, 7, 2, 8]);
  });

  it('counts it where it is what ends a text', () => {
    assert.deepEqual(targets(7, 7), [1, 8, 7, 2, 8]);
    assert.deepEqual(targets(7, undefined), [1, 8, 7, 2, 8]);
  });
});
