import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { trainBpe } from '../tokenizers/bpe-trainer.ts';
import { GENERATION_CONFIG, learnedOrder } from './learned-order.ts';

describe('how a model fills in the middle', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloze-order-'));
  after(() => rmSync(folder, { recursive: true }));

  function model(name: string, fim?: string): string {
    const path = join(folder, name);
    mkdirSync(path);
    if (fim !== undefined) writeFileSync(join(path, GENERATION_CONFIG), JSON.stringify({ cloze: { fim } }));
    return path;
  }

  function adapter(name: string, base: string, fim?: string): string {
    const path = model(name, fim);
    const config = { peft_type: 'LORA', base_model_name_or_path: base, r: 2, lora_alpha: 2 };
    writeFileSync(join(path, 'adapter_config.json'), JSON.stringify(config));
    return path;
  }

  it('is what its folder says, of an adapter what its own or its base says, or else what its tokens say', async () => {
    // byte-level BPE has the special tokens of the middle
    const { tokenizer } = await trainBpe({ texts: ['a b'], vocabSize: 300 });
    const [spm, none, silent] = [model('spm', 'spm'), model('none', 'none'), model('silent')];
    assert.equal(await learnedOrder(spm, tokenizer), 'spm');
    assert.equal(await learnedOrder(none, tokenizer), undefined);
    assert.equal(await learnedOrder(silent, tokenizer), 'psm');
    assert.equal(await learnedOrder(adapter('of-spm', spm), tokenizer), 'spm');
    assert.equal(await learnedOrder(adapter('of-none', none), tokenizer), undefined);
    assert.equal(await learnedOrder(adapter('of-adapter', join(folder, 'of-spm')), tokenizer), 'spm');
    assert.equal(await learnedOrder(adapter('own', none, 'psm'), tokenizer), 'psm');
  });
});
