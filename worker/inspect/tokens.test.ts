import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testTokenizer, tokenizerWithBos } from '../generation/test-support.ts';
import { decoderTokens } from './tokens.ts';

describe('the tokens of a text that a decoder reads', () => {
  it('begin with the one that the tokenizer puts before texts, which stands for nothing in it', () => {
    const withBos = tokenizerWithBos();
    const { tokens, ids, total } = decoderTokens(withBos, 'abc', 3);
    assert.deepEqual([...ids], [withBos.bosId, ...withBos.encode('ab')]);
    assert.deepEqual(tokens[0], {
      id: withBos.bosId,
      text: '<s>',
      start: 0,
      end: 0,
      segment: 0,
      special: true,
    });
    assert.deepEqual([tokens[1]!.start, tokens[1]!.end, total], [0, 1, 4]);
    assert.deepEqual([...decoderTokens(testTokenizer(), 'ab', 3).ids], [...testTokenizer().encode('ab')]);
  });
});
