/** A model whose tokenizer only the library reads: trained on, exported, used. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { workplace } from '../../test/process/training.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';
import { exportModel } from './export.ts';
import { generateText } from './generate.ts';
import { importModel } from './import.ts';
import { applySettings } from './settings.ts';
import { startTraining } from './train.ts';

const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true };
const pieces = ['<unk>', '</s>', ...'0123456789+=▁\n'.split(''), '▁+', '▁='];
const TOKENIZER = {
  added_tokens: [
    { id: 0, content: '<unk>', special: true },
    { id: 1, content: '</s>', special: true },
  ],
  normalizer: null,
  pre_tokenizer: metaspace,
  post_processor: null,
  decoder: metaspace,
  model: { type: 'Unigram', unk_id: 0, vocab: pieces.map((piece, i) => [piece, -1 - i / 10]) },
};

describe('a model with a Unigram tokenizer', () => {
  it('is imported, adapted, exported and written with', async (t) => {
    const { folder, data } = workplace(t);
    const source = join(folder, 'source');
    await writeTinyModel(source);
    writeFileSync(join(source, 'tokenizer.json'), JSON.stringify(TOKENIZER));
    const model = join(folder, 'model');
    await importModel({ source, out: model });
    const run = join(folder, 'run');
    const settings = applySettings([
      ...['training.steps=3', 'training.batch=2', 'training.context=16', 'training.warmup=1'],
      ...['training.evalBatches=1', 'lora.rank=2'],
    ]);
    const end = await startTraining({ data: [data], model, out: run, provider: 'cpu', settings });
    assert.equal(end.step, 3);
    const merged = join(folder, 'merged');
    await exportModel({ model: run, out: merged });
    let text = '';
    const sampling = { maxTokens: 8, temperature: 0 };
    for await (const event of generateText({
      model: merged,
      provider: 'cpu',
      prompt: '1 + 2',
      settings: sampling,
    })) {
      if (event.type === 'text') text += event.text;
    }
    assert.match(text, /^[\d+= \n]+$/);
  });
});
