import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SPECIAL } from '../../worker/tokenizers/tokenizer.ts';
import { kindOf, SMALLEST, tokenizerChoice, tokenizerText } from './tokenizer-choice.ts';

const empty = { kind: 'default', size: '8192', folder: '' } as const;

describe('tokenizer choice', () => {
  it('is the form’s text and back', () => {
    for (const text of ['', 'char', 'bpe:4096', 'wordpiece:8192', '/models/gpt2']) {
      assert.deepEqual(tokenizerText({ ...empty, ...tokenizerChoice(text) }), { text });
    }
  });

  it('knows the smallest vocabulary', () => {
    assert.equal(SMALLEST, 256 + Object.keys(SPECIAL).length);
    assert.ok(tokenizerText({ ...empty, kind: 'bpe', size: String(SMALLEST - 1) }).problem);
    assert.ok(tokenizerText({ ...empty, kind: 'bpe', size: 'x' }).problem);
    assert.deepEqual(tokenizerText({ ...empty, kind: 'wordpiece', size: '260' }), { text: 'wordpiece:260' });
    assert.ok(tokenizerText({ ...empty, kind: 'wordpiece', size: '5' }).problem);
    assert.deepEqual(tokenizerText({ ...empty, kind: 'bpe', size: ' 261 ' }), { text: 'bpe:261' });
  });

  it('wants a folder where one is asked for', () => {
    assert.ok(tokenizerText({ ...empty, kind: 'folder', folder: '  ' }).problem);
    assert.equal(kindOf('nothing'), 'default');
  });
});
