import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { floatTensor } from '../checkpoints/safetensors.ts';
import { writeTensors } from '../checkpoints/sharded.ts';
import { Decoder } from '../generation/decoder.ts';
import type { Device } from '../runtime/device.ts';
import { openDevice } from '../runtime/open-device.ts';
import { CharTokenizer } from '../tokenizers/char.ts';
import { toTokenizerJson } from '../tokenizers/tokenizer-json.ts';
import { GptConfigSchema } from './config.ts';
import { initialWeights } from './initialise.ts';
import { loadFrozenModel } from './load-frozen.ts';
import { loadTextModel, saveModel } from './load.ts';
import type { WeightPrecision } from './weight-precision.ts';

const tokenizer = new CharTokenizer({
  vocab: new Map(Array.from('abcdefgh').map((each, id) => [each, id])),
  addedTokens: [],
});
const config = GptConfigSchema.parse({
  vocab: 16,
  context: 12,
  layers: 2,
  width: 32,
  heads: 2,
  kvHeads: 2,
  headWidth: 16,
  feedForward: 64,
});

describe('a model that is only used', () => {
  let device: Device;
  let root: string;
  let whole: string;
  let cache: string;
  before(async () => {
    ({ device } = await openDevice('cpu', { threads: 1 }));
    root = mkdtempSync(join(tmpdir(), 'cloze-frozen-'));
    [whole, cache] = [join(root, 'whole'), join(root, 'cache')];
    const state = device.createState();
    for (const { name, shape, data } of initialWeights({ ...config, initRange: 0.1 }, 1))
      await state.write(name, { dtype: 'float32', shape, data });
    const files = { 'tokenizer.json': JSON.stringify(toTokenizerJson(tokenizer)) };
    await saveModel(whole, { config, state, tokenizer, specialIds: {}, files });
  });
  after(async () => {
    rmSync(root, { recursive: true });
    await device.close();
  });

  /** What it says after some tokens; nothing of it may need its files by then. */
  async function logitsOf(folder: string, precision?: WeightPrecision): Promise<Float32Array> {
    const copy = mkdtempSync(join(root, 'copy-'));
    cpSync(folder, copy, { recursive: true });
    const { state, quantised, release } = await loadFrozenModel(copy, device, { precision, folder: cache });
    const decoder = await Decoder.create(device, config, state, { quantised });
    await decoder.compile();
    release();
    rmSync(copy, { recursive: true });
    return (await decoder.prefill([1, 2, 3, 4])).logits.slice();
  }

  async function expected(): Promise<Float32Array> {
    const { state } = await loadTextModel(whole, device);
    const decoder = await Decoder.create(device, config, state, { frozen: false });
    return (await decoder.prefill([1, 2, 3, 4])).logits.slice();
  }

  /** The same weights as files of another kind. */
  async function stored(name: string, dtype: 'F32' | 'BF16', shardBytes: number): Promise<string> {
    const folder = join(root, name);
    cpSync(whole, folder, { recursive: true });
    rmSync(join(folder, 'model.safetensors'));
    const { state } = await loadTextModel(whole, device);
    const tensors = new Map(
      state.names.map((each) => [
        each,
        floatTensor(state.type(each).shape, state.view(each) as Float32Array, dtype),
      ]),
    );
    writeTensors(folder, tensors, shardBytes);
    return folder;
  }

  it('is used where its file holds float32, in one file or in shards, and nothing is written', async () => {
    const wanted = await expected();
    for (const folder of [whole, await stored('shards', 'F32', 10_000)]) {
      assert.ok(difference(await logitsOf(folder), wanted) < 1e-6);
      const { state, release } = await loadFrozenModel(folder, device, { folder: cache });
      assert.ok(state.place('transformer.wte.weight')!.path.startsWith(folder));
      release();
    }
    assert.throws(() => readdirSync(cache));
  });

  it('is written in float32 or rounded otherwise, for the time that ONNX Runtime reads it', async () => {
    const wanted = await expected();
    const half = await stored('half', 'BF16', 1e9);
    assert.ok(difference(await logitsOf(half), wanted) < 0.02);
    assert.ok(difference(await logitsOf(whole, 'int8'), wanted) < 0.03);
    assert.ok(difference(await logitsOf(half, 'int4'), wanted) < 0.3);
    assert.deepEqual(readdirSync(cache), []);
  });

  it('leaves nothing that was written of one that turns out not to be sound', async () => {
    const tokens = Array.from('abcdefghijklmnopqrstuvwxyz').map((each, id): [string, number] => [each, id]);
    const large = new CharTokenizer({ vocab: new Map(tokens), addedTokens: [] });
    for (const [file, content, code] of [
      ['tokenizer.json', toTokenizerJson(large), 'model'],
      ['generation_config.json', { eos_token_id: 'end' }, 'checkpoint'],
    ] as const) {
      const folder = join(root, `unsound ${file}`);
      cpSync(whole, folder, { recursive: true });
      writeFileSync(join(folder, file), JSON.stringify(content));
      const written = join(root, `written ${file}`);
      const loading = loadFrozenModel(folder, device, { precision: 'int8', folder: written });
      await assert.rejects(loading, { code });
      assert.deepEqual(existsSync(written) ? readdirSync(written) : [], []);
    }
  });
});

function difference(actual: Float32Array, wanted: Float32Array): number {
  const norm = (x: Float32Array): number => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0));
  return norm(actual.map((v, i) => v - wanted[i]!)) / norm(wanted);
}
