import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testTokenizer } from './test-support.ts';
import { TokenIndex } from './token-index.ts';

describe('TokenIndex', () => {
  const tokenizer = testTokenizer([
    ['r', 'e'],
    ['re', 't'],
    ['ret', 'u'],
    ['r', 'a'],
  ]);
  const found = (text: string): string[] =>
    TokenIndex.of(tokenizer)
      .compatibleWith(new TextEncoder().encode(text))
      .map((id) => tokenizer.idToToken(id)!)
      .sort();

  it('finds the tokens that extend bytes, and those that are their beginning', () => {
    assert.deepEqual(found('r'), ['r', 'ra', 're', 'ret', 'retu']);
    assert.deepEqual(found('re'), ['r', 're', 'ret', 'retu']);
    assert.deepEqual(found('retq'), ['r', 're', 'ret']);
  });

  it('never finds special tokens', () => {
    assert.deepEqual(found('<'), ['<']);
  });
});
