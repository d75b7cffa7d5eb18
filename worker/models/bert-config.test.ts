import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkBertConfig, withHead } from './bert-config.ts';
import { isEncoder, ModelConfigSchema, requireDecoder, requireEncoder } from './config.ts';
import { PRESETS } from './presets.ts';

const bert = PRESETS['bert-tiny'];
const roberta = PRESETS['roberta-base'];

describe('the configuration of an encoder', () => {
  it('has a pooler just where the head reads one', () => {
    assert.equal(withHead(bert, 'mlm').pooler, false);
    assert.equal(withHead(bert, 'mlm+nsp').pooler, true);
    assert.equal(withHead(withHead(bert, 'mlm'), 'classify', ['a', 'b']).pooler, true);
    assert.equal(withHead(roberta, 'classify', ['a', 'b']).pooler, false);
    assert.equal(withHead(bert, 'none').pooler, true);
    assert.deepEqual(withHead(withHead(bert, 'tag', ['a', 'b']), 'mlm').labels, []);
  });

  it('is told apart from that of a decoder', () => {
    assert.ok(isEncoder(ModelConfigSchema.parse(bert)));
    assert.ok(!isEncoder(ModelConfigSchema.parse(PRESETS.gpt2)));
    assert.throws(() => requireDecoder(bert, 'here'), { code: 'model', message: /here: expected a decoder/ });
    assert.throws(() => requireEncoder(PRESETS.gpt2, 'here'), { message: /here: expected an encoder/ });
  });

  const refused: [string, () => unknown, RegExp][] = [
    [
      'heads that do not divide the width',
      () => checkBertConfig({ ...bert, heads: 3 }),
      /128 is not a multiple of model\.heads 3/,
    ],
    [
      'a padding id outside the vocabulary',
      () => checkBertConfig({ ...bert, vocab: 5, padId: 5 }),
      /padId 5/,
    ],
    ['next sentences of RoBERTa', () => withHead(roberta, 'mlm+nsp'), /roberta has no next sentence head/],
    [
      'a head without the pooler that it reads',
      () => checkBertConfig({ ...bert, head: 'mlm+nsp', pooler: false }),
      /reads the pooler/,
    ],
    ['a head of classes without labels', () => withHead(bert, 'tag'), /needs two labels or more, got 0/],
    ['labels of a head without classes', () => withHead(bert, 'answer', ['a', 'b']), /has no labels, got 2/],
    ['a label that is there twice', () => withHead(bert, 'classify', ['a', 'b', 'a']), /'a' is there twice/],
  ];
  for (const [what, build, message] of refused) {
    it(`is refused: ${what}`, () => {
      assert.throws(build, { code: 'model', message });
    });
  }
});
