import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { codeSamples } from '../../test/support/texts.ts';
import { encoderSpecials } from '../tokenizers/pairs.ts';
import { resolveModel } from './training-model.ts';
import { folderWith } from '../data/test-support.ts';
import { trainChar } from '../tokenizers/char.ts';
import { toTokenizerJson } from '../tokenizers/tokenizer-json.ts';
import { keepTokenizer, makeTokenizer, parseTokenizer } from './training-tokenizer.ts';

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

  it('is kept word for word, of a tokenizer, a model or a run', async (t) => {
    const said = {
      'tokenizer.json': JSON.stringify(toTokenizerJson(await trainChar({ texts: ['abc'] })), undefined, 7),
      'tokenizer_config.json': '{ "tokenizer_class": "MyTokenizer" }',
      'special_tokens_map.json': '{}',
    };
    const best = Object.entries(said).map(([name, text]) => [`checkpoints/best/${name}`, text] as const);
    const run = folderWith(t, { 'run.json': '{}', ...Object.fromEntries<string>(best) });
    for (const folder of [folderWith(t, said), join(run, 'checkpoints/best'), run]) {
      const choice = parseTokenizer(folder, gpt);
      const kept = join(folderWith(t, {}), 'tokenizer');
      await keepTokenizer(kept, await makeTokenizer(choice, texts, gpt, {}), choice);
      const files = readdirSync(kept).map((name) => [name, readFileSync(join(kept, name), 'utf8')]);
      assert.deepEqual(Object.fromEntries(files), said);
    }
  });

  it('of a run without a checkpoint is refused', async (t) => {
    const folder = folderWith(t, { 'run.json': '{}' });
    await assert.rejects(makeTokenizer({ kind: 'folder', folder }, texts, gpt, {}), { code: 'usage' });
  });
});
