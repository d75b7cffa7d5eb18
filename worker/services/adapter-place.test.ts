import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { ClozeError } from '../base/errors.ts';
import { Random } from '../base/random.ts';
import { readModelFolder } from '../checkpoints/folder.ts';
import { weightsHash } from '../checkpoints/weights-hash.ts';
import { smallConfig, testTokenizer } from '../generation/test-support.ts';
import { saveAdapter } from '../models/adapter-folder.ts';
import { initialWeights } from '../models/initialise.ts';
import { putWeight, saveModel } from '../models/load.ts';
import { type LoraSettings, LoraSettingsSchema, newAdapter, trainedShapes } from '../models/lora.ts';
import { type Device, openDevice } from '../runtime/device.ts';
import { toTokenizerJson } from '../tokenizers/tokenizer-json.ts';
import { CompletionService } from './completion-service.ts';
import { OpenTextModel } from './text-model.ts';

const tokenizer = testTokenizer();
const config = { ...smallConfig({ vocab: tokenizer.vocabSize }), initRange: 0.4 };
const files = { 'tokenizer.json': JSON.stringify(toTokenizerJson(tokenizer)) };

describe('a model that takes one adapter after another', () => {
  let device: Device;
  let folder: string;
  let service = new CompletionService();

  before(async () => {
    ({ device } = await openDevice('cpu', { threads: 1 }));
    folder = mkdtempSync(join(tmpdir(), 'cloze-adapters-'));
    await writeBase('base', 3);
    await writeAdapter('first', { rank: 4 }, 1);
    await writeAdapter('second', { rank: 2, targets: ['c_attn', 'c_proj'] }, 2);
    await writeAdapter('wide', { rank: 8 }, 3);
  });
  afterEach(async () => {
    await service.close();
    service = new CompletionService();
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await device.close();
  });

  const at = (name: string): string => join(folder, name);

  async function writeBase(name: string, seed: number): Promise<void> {
    const state = device.createState();
    for (const weight of initialWeights(config, seed)) await putWeight(weight, state, device);
    await saveModel(at(name), { config, state, tokenizer, specialIds: {}, files });
  }

  /** An adapter of `base` whose values are all random. */
  async function writeAdapter(name: string, fields: Partial<LoraSettings>, seed: number): Promise<void> {
    const settings = LoraSettingsSchema.parse(fields);
    const adapter = newAdapter(config, settings);
    const state = device.createState();
    const random = new Random(seed, name);
    for (const [parameter, shape] of trainedShapes(config, adapter)) {
      const data = Float32Array.from({ length: shape[0]! * shape[1]! }, () => 0.5 * random.normal());
      await putWeight({ name: parameter, shape, data }, state, device);
    }
    const { tensors } = readModelFolder(at('base'));
    const origin = { settings, basePath: at('base'), baseHash: weightsHash(tensors) };
    tensors.close();
    await saveAdapter(at(name), { config, adapter, origin, state, files: {} });
  }

  async function says(name: string): Promise<string> {
    const settings = { maxTokens: 12, temperature: 0, stop: [] };
    for await (const event of service.generate({
      model: at(name),
      provider: 'cpu',
      prompt: 'to be',
      settings,
    }))
      if (event.type === 'done') return event.text;
    return assert.fail('no end');
  }

  /** What each model says when it is opened by itself, merged with its base. */
  async function expected(...names: string[]): Promise<string[]> {
    const texts = [];
    for (const name of names) {
      texts.push(await says(name));
      await service.close();
    }
    return texts;
  }

  const beside = (...names: string[]) => ({ provider: 'cpu', beside: names.map(at) });

  it('says what each says by itself, and its base says what it said before', async () => {
    const names = ['base', 'first', 'second'];
    const alone = await expected(...names);
    assert.equal(new Set(alone).size, 3);
    await service.open({ model: at('base'), ...beside('first', 'second') });
    for (const name of ['base', 'first', 'second', 'first', 'base'])
      assert.equal(await says(name), alone[names.indexOf(name)], name);
  });

  it('compiles nothing for it, and says whose adapter it is', async () => {
    const model = await OpenTextModel.open({ model: at('first'), ...beside('second') });
    await model.warmUp();
    assert.equal(model.description.base, 'base');
    const { decoder } = model.text;
    assert.equal(await model.become({ model: at('second') }), true);
    assert.equal(model.text.decoder, decoder);
    assert.deepEqual([model.description.name, model.description.base], ['second', 'base']);
    assert.equal(await model.become({ model: at('base') }), true);
    assert.deepEqual([model.description.name, model.description.base], ['base', undefined]);
    await model.close();
  });

  it('forgets what it has read with another', async () => {
    const model = await OpenTextModel.open({ model: at('first'), ...beside() });
    await model.text.decoder.append([1, 2, 3]);
    await model.become({ model: at('base') });
    assert.deepEqual(model.text.decoder.tokens, []);
    await model.close();
  });

  it('opens a model anew that there is no room for', async () => {
    const [wide] = await expected('wide');
    await service.open({ model: at('base'), ...beside('first') });
    assert.equal(await says('wide'), wide);
    const model = await OpenTextModel.open({ model: at('base'), ...beside('first') });
    assert.equal(await model.become({ model: at('wide') }), false);
    assert.equal(model.description.name, 'base');
    await model.close();
  });

  it('refuses an adapter of other weights, and goes on with one that fits', async () => {
    await service.open({ model: at('base'), ...beside('first') });
    const before = await says('base');
    await writeBase('base', 4);
    await assert.rejects(
      says('first'),
      (error) => error instanceof ClozeError && error.message.includes('trained on other'),
    );
    assert.notEqual(await says('base'), before);
    await writeBase('base', 3);
    assert.equal(await says('base'), before);
  });

  it('is the same after a hundred changes, and has grown by nothing', async () => {
    const model = await OpenTextModel.open({ model: at('first'), ...beside('second') });
    await model.warmUp();
    const logits = async (name: string): Promise<Float32Array> => {
      assert.equal(await model.become({ model: at(name) }), true);
      return (await model.text.decoder.append([5, 6, 7])).slice(0, config.vocab);
    };
    const [first, second] = [await logits('first'), await logits('second')];
    for (let i = 0; i < 10; i++) await logits(i % 2 === 0 ? 'first' : 'second');
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 100; i++) await logits(i % 2 === 0 ? 'first' : 'second');
    const grown = process.memoryUsage().rss - before;
    assert.deepEqual([await logits('first'), await logits('second')], [first, second]);
    assert.ok(grown < 32 << 20, `grown by ${grown} bytes`);
    await model.close();
  });
});
