import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { testTokenizer } from '../generation/test-support.ts';
import { GptConfigSchema } from '../models/config.ts';
import { initialWeights } from '../models/initialise.ts';
import { saveModel } from '../models/load.ts';
import type { Device } from '../runtime/device.ts';
import { openDevice } from '../runtime/open-device.ts';
import { toTokenizerJson } from '../tokenizers/tokenizer-json.ts';
import { inspectAttention, InspectService } from './inspect.ts';

const tokenizer = testTokenizer();
const config = GptConfigSchema.parse({
  ...{ vocab: tokenizer.vocabSize, context: 40, layers: 2, width: 16, heads: 4, kvHeads: 4, headWidth: 4 },
  feedForward: 32,
  initRange: 0.5,
});

describe('InspectService', () => {
  let device: Device;
  let folder: string;
  const service = new InspectService();

  before(async () => {
    ({ device } = await openDevice('cpu', { threads: 1 }));
    folder = mkdtempSync(join(tmpdir(), 'cloze-inspect-'));
    await save('some', () => undefined);
  });
  after(async () => {
    await service.close();
    await device.close();
    rmSync(folder, { recursive: true });
  });

  /** Writes a model whose weights `change` may change. */
  async function save(name: string, change: (name: string, data: Float32Array) => void): Promise<string> {
    const state = device.createState();
    for (const { name: parameter, shape, data } of initialWeights(config, 1)) {
      change(parameter, data);
      await state.write(parameter, { dtype: 'float32', shape, data });
    }
    const files = { 'tokenizer.json': JSON.stringify(toTokenizerJson(tokenizer)) };
    const path = join(folder, name);
    await saveModel(path, { config, state, tokenizer, specialIds: {}, files });
    return path;
  }

  const ask = (text: string, model = join(folder, 'some')) =>
    service.attention({ model, provider: 'cpu', text });

  it('gives weights that share out the attention of each token among those before it', async () => {
    const { weights, tokens, layers, heads, entropies, causal } = await ask('abcdefg');
    const size = 7;
    assert.deepEqual([tokens.length, layers, heads, causal], [size, 2, 4, true]);
    assert.equal(weights.length, 2 * 4 * size * size);
    for (let row = 0; row < 8 * size; row++) {
      const values = weights.subarray(row * size, (row + 1) * size);
      assert.ok(Math.abs(values.reduce((sum, value) => sum + value, 0) - 1) < 1e-5);
      assert.ok(values.subarray((row % size) + 1).every((value) => value === 0));
    }
    assert.equal(entropies.length, 8);
    assert.equal(new Set(entropies).size, 8);
  });

  it('gives the same for the beginning of a longer text, which another program computes', async () => {
    const [short, long] = [await ask('abcdefg'), await ask('abcdefghijklmnopqrs')];
    const size = long.tokens.length;
    for (let head = 0; head < 8; head++)
      for (let row = 0; row < 7; row++)
        for (let column = 0; column < 7; column++) {
          const one = short.weights[(head * 7 + row) * 7 + column]!;
          const other = long.weights[(head * size + row) * size + column]!;
          assert.ok(Math.abs(one - other) < 1e-6);
        }
  });

  it('gives even weights for a model that has no queries', async () => {
    const model = await save('even', (name, data) => {
      if (!name.endsWith('c_attn.weight')) return;
      for (let i = 0; i < data.length; i++) if (i % 48 < 16) data[i] = 0;
    });
    const { weights, entropies } = await ask('abcd', model);
    const even = [1, 0, 0, 0, 1 / 2, 1 / 2, 0, 0, 1 / 3, 1 / 3, 1 / 3, 0, 1 / 4, 1 / 4, 1 / 4, 1 / 4];
    even.forEach((value, i) => assert.ok(Math.abs(weights[i]! - value) < 1e-6));
    const bits = (1 + Math.log2(3) + 2) / 4;
    assert.ok(entropies.every((value) => Math.abs(value - bits) < 1e-5));
  });

  it('says which token is which, and how many were cut off', async () => {
    const text = 'ab'.repeat(30);
    const { tokens, total } = await ask(text);
    assert.deepEqual([tokens.length, total], [40, 60]);
    assert.deepEqual(tokens[3], {
      ...{ id: tokenizer.encode('b')[0], text: 'b', start: 3, end: 4 },
      ...{ segment: 0, special: false },
    });
  });

  it('gives nothing for an empty text', async () => {
    const { tokens, weights, entropies } = await ask('');
    assert.deepEqual([tokens.length, weights.length, entropies.length], [0, 0, 8]);
  });

  it('reads the last checkpoint of a run, and again once it is another', async () => {
    const run = join(folder, 'run');
    mkdirSync(join(run, 'checkpoints'), { recursive: true });
    await save('run/checkpoints/best', () => undefined);
    await save('run/checkpoints/last', (name, data) => {
      if (name.endsWith('wte.weight')) data.fill(0);
    });
    const first = await ask('abcd', run);
    assert.equal(first.folder, join(run, 'checkpoints', 'last'));
    assert.notDeepEqual(first.weights, (await ask('abcd')).weights);
    await save('run/checkpoints/last', () => undefined);
    assert.deepEqual((await ask('abcd', run)).weights, (await ask('abcd')).weights);
  });

  it('refuses what a decoder can not do', async () => {
    const request = { model: join(folder, 'some'), provider: 'cpu', text: 'ab' };
    await assert.rejects(service.attention({ ...request, second: 'b' }), { code: 'usage' });
    await assert.rejects(service.attention({ ...request, masked: [0] }), { code: 'usage' });
    await assert.rejects(service.predictMask({ ...request, position: 0, count: 3 }), { code: 'usage' });
    await assert.rejects(ask('a', join(folder, 'none')), { code: 'usage' });
    await assert.rejects(service.attention(request, AbortSignal.abort()), { code: 'cancelled' });
  });

  it('is the same as a single look', async () => {
    const once = await inspectAttention({ model: join(folder, 'some'), provider: 'cpu', text: 'abc' });
    assert.deepEqual(once, await ask('abc'));
  });
});
