import assert from 'node:assert/strict';
import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ClozeError } from '../base/errors.ts';
import { readModelFolder } from '../checkpoints/folder.ts';
import { SafetensorsFile } from '../checkpoints/safetensors.ts';
import { AdapterFolders } from './adapter-test-support.ts';
import { CompletionService } from './completion-service.ts';
import { OpenTextModel } from './text-model.ts';

describe('a model that takes one adapter after another', () => {
  let folders: AdapterFolders;
  let service = new CompletionService();

  before(async () => {
    folders = await AdapterFolders.create();
    await folders.writeBase('base', 3);
    await folders.writeAdapter('first', { rank: 4 }, 1);
    await folders.writeAdapter('second', { rank: 2, targets: ['c_attn', 'c_proj'] }, 2);
    await folders.writeAdapter('wide', { rank: 8 }, 3);
  });
  afterEach(async () => {
    await service.close();
    service = new CompletionService();
  });
  after(() => folders.close());

  const at = (name: string): string => folders.at(name);

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

  it('reads a base that is reached through a link only once to tell that it is the one', async (t) => {
    await folders.writeAdapter('linked', { rank: 4 }, 4);
    symlinkSync(at('base'), at('link'), 'junction');
    const path = join(at('linked'), 'adapter_config.json');
    const config = JSON.parse(readFileSync(path, 'utf8')) as object;
    writeFileSync(path, JSON.stringify({ ...config, base_model_name_or_path: '../link' }));
    const { mock } = t.mock.method(SafetensorsFile.prototype, 'chunks');
    const check = (): number => {
      const { adapted, tensors } = readModelFolder(at('linked'));
      adapted!.requireBase();
      tensors.close();
      return mock.callCount();
    };
    const first = check();
    assert.ok(first > 0);
    assert.equal(check(), first);
  });

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
    await folders.writeBase('base', 4);
    await assert.rejects(
      says('first'),
      (error) => error instanceof ClozeError && error.message.includes('trained on other'),
    );
    assert.notEqual(await says('base'), before);
    await folders.writeBase('base', 3);
    assert.equal(await says('base'), before);
  });

  it('takes them over a base of 4 bits, which others are opened beside', async () => {
    const open = (name: string) =>
      OpenTextModel.open({ model: at(name), weights: 'int4', ...beside('first', 'second') });
    const logits = async (model: OpenTextModel): Promise<Float32Array> =>
      (await model.text.decoder.append([5, 6, 7])).slice(0, folders.config.vocab);
    const alone = await open('first');
    const expected = await logits(alone);
    await alone.close();
    const model = await open('base');
    const base = await logits(model);
    assert.equal(await model.become({ model: at('first') }), true);
    assert.deepEqual(await logits(model), expected);
    assert.notDeepEqual(expected, base);
    assert.equal(model.description.weights, 'int4');
    await model.close();
  });

  it('is opened anew for weights of other bits', async () => {
    await service.open({ model: at('base'), ...beside('first') });
    const description = await service.open({ model: at('first'), weights: 'int8', ...beside('first') });
    assert.deepEqual([description.name, description.weights], ['first', 'int8']);
  });

  it('keeps the room where a request that asks for none opens the model anew', async () => {
    await service.open({ model: at('base'), ...beside('first') });
    await service.complete({ model: at('base'), provider: 'cpu', weights: 'int8', prefix: 'a', suffix: '' });
    const description = await service.open({ model: at('first'), provider: 'cpu', weights: 'int8' });
    assert.deepEqual([description.name, description.base], ['first', 'base']); // not merged: it has been taken
  });

  it('reads a base anew that has changed', async () => {
    await service.open({ model: at('base'), ...beside('first') });
    const before = await says('base');
    await folders.writeBase('base', 4);
    assert.notEqual(await says('base'), before);
    await folders.writeBase('base', 3);
    assert.equal(await says('base'), before);
  });
});

it('a model that has changed its adapter a hundred times is the same, and has grown by nothing', async (t) => {
  const folders = await AdapterFolders.create({ width: 256, headWidth: 64, feedForward: 512 });
  t.after(() => folders.close());
  await folders.writeBase('base', 3);
  for (const [seed, name] of ['first', 'second'].entries())
    await folders.writeAdapter(name, { rank: 256, alpha: 16 }, seed);
  const { size } = statSync(join(folders.at('first'), 'adapter_model.safetensors'));
  const model = await OpenTextModel.open({
    model: folders.at('first'),
    provider: 'cpu',
    beside: [folders.at('second')],
  });
  const logits = async (name: string): Promise<Float32Array> => {
    assert.equal(await model.become({ model: folders.at(name) }), true);
    return (await model.text.decoder.append([5, 6, 7])).slice(0, folders.config.vocab);
  };
  const inTurns = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) await logits(i % 2 === 0 ? 'first' : 'second');
  };
  const [first, second] = [await logits('first'), await logits('second')];
  await inTurns(10);
  const before = memoryInUse();
  await inTurns(100);
  const grown = memoryInUse() - before;
  assert.deepEqual([await logits('first'), await logits('second')], [first, second]);
  // what only comes to be freed later is about one adapter, where each change keeping one would be a hundred
  assert.ok(grown < 4 * size, `grown by ${grown} bytes with adapters of ${size}`);
  await model.close();
});

/** Bytes of the process that no collection would free. */
function memoryInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let i = 0; i < 3; i++) collect();
  return process.memoryUsage().rss;
}
