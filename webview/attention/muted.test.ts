import assert from 'node:assert/strict';
import { it } from 'node:test';
import { mutedTokens } from './muted.ts';

it('special tokens are muted, and the first of a decoder', () => {
  const tokens = [true, false, true, false].map((special, i) => ({
    ...{ id: i, text: '', start: 0, end: 0, segment: 0, special },
  }));
  assert.deepEqual(mutedTokens(tokens, false), [0, 2]);
  assert.deepEqual(mutedTokens(tokens.slice(1), true), [0, 1]);
});
