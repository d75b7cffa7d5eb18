import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Device } from '../runtime/device.ts';
import { openDevice } from '../runtime/open-device.ts';
import { CharTokenizer } from '../tokenizers/char.ts';
import { loadTokenizer, saveTokenizer } from '../tokenizers/tokenizer-files.ts';
import { toTokenizerJson } from '../tokenizers/tokenizer-json.ts';
import { GptConfigSchema } from './config.ts';
import { initialWeights } from './initialise.ts';
import { checkVocabulary, loadModel, loadTextModel, saveModel } from './load.ts';

const tokenizer = new CharTokenizer({
  vocab: new Map(Array.from('abcdefgh').map((each, id) => [each, id])),
  addedTokens: [],
});
const config = GptConfigSchema.parse({
  vocab: 16,
  context: 8,
  layers: 1,
  width: 8,
  heads: 2,
  kvHeads: 2,
  headWidth: 4,
  feedForward: 16,
});

describe('model folders and devices', () => {
  let device: Device;
  let folder: string;
  before(async () => {
    ({ device } = await openDevice('cpu', { threads: 1 }));
    folder = mkdtempSync(join(tmpdir(), 'cloze-load-'));
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await device.close();
  });

  it('come back as they were saved', async () => {
    const state = device.createState();
    for (const { name, shape, data } of initialWeights(config, 1)) {
      await state.write(name, { dtype: 'float32', shape, data });
    }
    await state.allocate('cache/key/0', 'float32', [4]);
    const files = { 'tokenizer.json': JSON.stringify(toTokenizerJson(tokenizer)) };
    await saveModel(join(folder, 'model'), { config, state, tokenizer, specialIds: {}, files });

    const loaded = await loadTextModel(join(folder, 'model'), device);
    assert.deepEqual(loaded.config, config);
    assert.equal(loaded.tokenizer.vocabSize, tokenizer.vocabSize);
    assert.deepEqual(
      loaded.state.names.sort(),
      state.names.filter((name) => !name.startsWith('cache')).sort(),
    );
    for (const name of loaded.state.names) assert.deepEqual(loaded.state.view(name), state.view(name));

    // no token ends a text here, and that must be said: transformers takes 50256 where nothing is
    const jsonOf = (path: string): Record<string, unknown> =>
      JSON.parse(readFileSync(join(folder, path), 'utf8')) as Record<string, unknown>;
    assert.equal(jsonOf('model/config.json').eos_token_id, null);
    assert.deepEqual(loaded.endIds, []);
    const specialIds = { bos_token_id: 1, eos_token_id: [2, 3] };
    await saveModel(join(folder, 'tuned'), { config, state, tokenizer, specialIds, files });
    assert.deepEqual(jsonOf('tuned/generation_config.json').eos_token_id, [2, 3]);
    assert.deepEqual((await loadModel(join(folder, 'tuned'), device)).endIds, [2, 3]);
  });

  it('say which tokens end a text', async () => {
    const gpt2 = new URL('../../test/fixtures/parity/gpt2', import.meta.url).pathname;
    const expected = JSON.parse(readFileSync(join(gpt2, 'generation_config.json'), 'utf8')) as unknown;
    const { endIds } = await loadModel(gpt2, device);
    assert.deepEqual(endIds, [(expected as { eos_token_id: number }).eos_token_id]);
  });

  it("end texts as their tokenizer's documents end", async () => {
    const state = device.createState();
    const llama = await loadTokenizer(join(import.meta.dirname, '../../test/fixtures/tokenizers/llama-3'));
    const { vocabSize: vocab, bosId } = llama;
    for (const { name, shape, data } of initialWeights({ ...config, vocab }, 1)) {
      await state.write(name, { dtype: 'float32', shape, data });
    }
    const path = join(folder, 'llama');
    const own = { bos_token_id: 0, eos_token_id: 5 };
    const model = { config: { ...config, vocab }, state, tokenizer: llama, specialIds: own, files: {} };
    await saveModel(path, model);
    await saveTokenizer(path, llama);
    assert.deepEqual((await loadTextModel(path, device)).endIds, [5, 271]);
    rmSync(join(path, 'tokenizer_config.json')); // then only the next document says that one has ended
    assert.deepEqual((await loadTextModel(path, device)).endIds, [5, bosId]);
    await saveModel(join(folder, 'new'), { ...model, specialIds: {} });
    const { bos_token_id, eos_token_id } = JSON.parse(
      readFileSync(join(folder, 'new/generation_config.json'), 'utf8'),
    ) as Record<string, unknown>;
    assert.deepEqual([bos_token_id, eos_token_id], [bosId, 271]);
  });

  it('must have a tokenizer that the model has rows for', () => {
    const small = { ...config, vocab: tokenizer.vocabSize - 1 };
    assert.throws(() => checkVocabulary(small, tokenizer, 'here'), {
      code: 'model',
      message: /here.*tokens/,
    });
    checkVocabulary({ ...config, vocab: tokenizer.vocabSize }, tokenizer, 'here');
  });
});
