import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testTokenizer, tokenizerWithBos } from '../generation/test-support.ts';
import { SPECIAL } from '../tokenizers/tokenizer.ts';
import { completeSpecialIds } from './special-ids.ts';

describe('completeSpecialIds', () => {
  it("takes the model's own ids, then the tokenizer's, of which the one before texts comes first", () => {
    const withBos = tokenizerWithBos();
    const [end, pad] = [SPECIAL.endOfText, SPECIAL.fimPad].map((token) => withBos.specialTokens.get(token)!);
    const rest = { eos_token_id: end, pad_token_id: pad };
    assert.deepEqual(completeSpecialIds({}, withBos), { bos_token_id: withBos.bosId, ...rest });
    assert.deepEqual(completeSpecialIds({}, testTokenizer()), { bos_token_id: end, ...rest });
    const own = { bos_token_id: 1, eos_token_id: [2, 3], pad_token_id: 4 };
    assert.deepEqual(completeSpecialIds(own, withBos), own);
  });
});
