import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codeSamples } from '../../test/support/texts.ts';
import { encoderSpecials } from '../tokenizers/pairs.ts';
import { resolveModel } from './training-model.ts';
import { makeTokenizer, parseTokenizer } from './training-tokenizer.ts';

describe('the tokenizer of a run', () => {
  const bert = resolveModel('bert-tiny', {});
  const gpt = resolveModel('gpt-nano', {});
  const roberta = resolveModel('roberta-base', {});
  const texts = { train: () => codeSamples(), all: () => codeSamples() };

  it('is named by its kind and size, or is what suits the model', () => {
    assert.deepEqual(parseTokenizer('wordpiece:8192', gpt), { kind: 'wordpiece', vocabSize: 8192 });
    assert.deepEqual(parseTokenizer('bpe:512', bert), { kind: 'bpe', vocabSize: 512 });
    assert.deepEqual(parseTokenizer(undefined, bert), { kind: 'wordpiece', vocabSize: bert.config.vocab });
    assert.deepEqual(parseTokenizer(undefined, gpt), { kind: 'bpe', vocabSize: gpt.config.vocab });
    assert.equal(parseTokenizer(undefined, roberta).kind, 'bpe');
    assert.throws(() => parseTokenizer('wordpiece:x', bert), { code: 'usage', message: /wordpiece:N/ });
  });

  it('has the special tokens that an encoder needs', async () => {
    const wordPiece = await makeTokenizer({ kind: 'wordpiece', vocabSize: 800 }, texts, bert, {});
    assert.equal(encoderSpecials(wordPiece).frame, 'bert');
    const bpe = await makeTokenizer({ kind: 'bpe', vocabSize: 800 }, texts, roberta, {});
    assert.equal(encoderSpecials(bpe).frame, 'roberta');
  });
});
