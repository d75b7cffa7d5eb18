import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bucketLength, MOST_TOKENS, mostTokens } from './lengths.ts';

describe('lengths', () => {
  it('are those that the model has positions for, up to a bound', () => {
    assert.equal(mostTokens({ context: 128, layers: 12, heads: 12 }), 128);
    assert.equal(mostTokens({ context: 1024, layers: 12, heads: 12 }), MOST_TOKENS);
  });

  it('are fewer where the weights of all heads would not fit', () => {
    const most = mostTokens({ context: 2048, layers: 48, heads: 25 });
    assert.ok(most < MOST_TOKENS && most > 128, `${most}`);
    assert.ok(48 * 25 * most ** 2 <= 1 << 26);
  });

  it('share programs with those near them', () => {
    assert.deepEqual(
      [1, 16, 17, 300, 512].map((length) => bucketLength(length, 1024)),
      [16, 16, 32, 384, 512],
    );
    assert.equal(bucketLength(20, 24), 24);
  });
});
