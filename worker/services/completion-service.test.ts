import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { ClozeError } from '../base/errors.ts';
import { Decoder } from '../generation/decoder.ts';
import { scriptedParameters, testTokenizer } from '../generation/test-support.ts';
import { saveModel } from '../models/load.ts';
import type { CompleteRequest, Completion, GenerationEvent } from '../protocol/generation.ts';
import type { Device } from '../runtime/device.ts';
import { openDevice } from '../runtime/open-device.ts';
import { toTokenizerJson } from '../tokenizers/tokenizer-json.ts';
import { CompletionService } from './completion-service.ts';
import { applySettings } from './settings.ts';
import { OpenTextModel } from './text-model.ts';
import { startTraining } from './train.ts';

const tokenizer = testTokenizer();

/** Words that are all different, so that no rule ends them. */
const words = (letter: string): string =>
  Array.from({ length: 150 }, (_, i) => `${letter}${i * i} `).join('');

/** What model a says after its first letter, in as many tokens as {@link at} asks for. */
const SAYS = '0 a1 a4 a9';

const lost = new ClozeError('provider', 'the GPU is gone');

const source = Array.from({ length: 120 }, (_, i) => `export const value${i} = compute(${i * 7});\n`).join(
  '',
);

describe('CompletionService', () => {
  let device: Device;
  let folder: string;
  let service = new CompletionService();

  before(async () => {
    ({ device } = await openDevice('cpu', { threads: 1 }));
    folder = mkdtempSync(join(tmpdir(), 'cloze-service-'));
    process.env.CLOZE_CACHE = join(folder, 'cache');
    await Promise.all([writeModel('a', words('a')), writeModel('b', words('b'))]);
  });
  afterEach(async () => {
    await service.close();
    service = new CompletionService();
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await device.close();
  });

  /** A model folder; the model says `says` from its first position on. */
  async function writeModel(name: string, says: string): Promise<string> {
    const path = join(folder, name);
    const files = { 'tokenizer.json': JSON.stringify(toTokenizerJson(tokenizer)) };
    const parameters = await scriptedParameters(device, tokenizer, [...tokenizer.encode(says)]);
    await saveModel(path, { ...parameters, tokenizer, specialIds: {}, files });
    return path;
  }

  function at(name: string, prefix: string, fields: Partial<CompleteRequest> = {}): CompleteRequest {
    const settings = { maxTokens: 12, ...fields.settings };
    return {
      model: join(folder, name),
      provider: 'cpu',
      prefix,
      suffix: '',
      fim: false,
      ...fields,
      settings,
    };
  }

  it('opens a model and says what it is', async () => {
    const description = await service.open({ model: join(folder, 'a'), provider: 'cpu' });
    assert.deepEqual(description, {
      folder: join(folder, 'a'),
      name: 'a',
      kind: 'gpt2',
      parameters: description.parameters,
      context: words('a').length,
      fim: true, // its tokenizer has the tokens
      provider: 'cpu',
      weights: 'float32',
      notes: [],
    });
    assert.ok(description.parameters > 100_000);
  });

  it('completes with a model that it opens if need be', async () => {
    const { text, reason, tokens } = await service.complete(at('a', 'a'));
    assert.deepEqual([text, reason, tokens], [SAYS, 'length', 12]);
  });

  it('lets the latest completion win', async () => {
    await service.open(at('a', ''));
    const long = { settings: { maxTokens: 400 } };
    const results = await Promise.all([
      service.complete(at('a', 'a', long)),
      service.complete(at('a', 'a', long)),
      service.complete(at('a', 'a')),
    ]);
    for (const stale of results.slice(0, 2)) {
      assert.deepEqual([stale.nothing, stale.promptTokens], ['cancelled', 0], 'the model was not asked');
    }
    assert.equal(results[2].text, SAYS);
  });

  it('ends a completion that is under way when the next one comes', async () => {
    await service.open(at('a', ''));
    for (let ms = 5; ; ms *= 2) {
      const overtaken = service.complete(at('a', 'a', { settings: { maxTokens: 400 } }));
      await setTimeout(ms);
      assert.equal((await service.complete(at('a', 'a'))).text, SAYS);
      const { nothing, tokens } = await overtaken;
      assert.equal(nothing, 'cancelled');
      if (tokens > 0) break; // the machine may need more time to begin
    }
  });

  it('ends what its caller cancels, and answers the next request', async () => {
    await service.open(at('a', ''));
    const controller = new AbortController();
    const cancelled = service.complete(at('a', 'a', { settings: { maxTokens: 400 } }), controller);
    setImmediate(() => controller.abort());
    assert.equal((await cancelled).nothing, 'cancelled');
    assert.equal((await service.complete(at('a', 'a'))).text, SAYS);
  });

  it('lets completions wait for a generation, which they give way to', async () => {
    await service.open(at('a', ''));
    const completion = service.complete(at('a', 'a', { settings: { maxTokens: 400 } }));
    const events: GenerationEvent[] = [];
    const waiting: Promise<Completion>[] = [];
    const request = {
      model: join(folder, 'a'),
      provider: 'cpu',
      prompt: 'a',
      settings: { maxTokens: 30, temperature: 0 },
    };
    for await (const event of service.generate(request)) {
      events.push(event);
      if (event.type === 'prompt')
        waiting.push(service.complete(at('a', 'a')), service.complete(at('a', 'a', { budgetMs: 0 })));
    }
    const done = events.at(-1);
    assert.ok(done?.type === 'done' && done.reason === 'length' && done.tokens === 30);
    assert.equal((await completion).nothing, 'cancelled');
    const [stale, late] = await Promise.all(waiting);
    assert.equal(stale!.nothing, 'cancelled');
    assert.equal(late!.reason, 'budget', 'the wait counts');
  });

  it('goes on after a generation that its reader left', async () => {
    const request = { model: join(folder, 'a'), provider: 'cpu', prompt: 'a' };
    for await (const event of service.generate(request)) if (event.type === 'text') break;
    assert.equal((await service.complete(at('a', 'a'))).text, SAYS);
  });

  it("changes to another model, and to a folder's new files", async () => {
    assert.equal((await service.complete(at('a', 'a'))).text, SAYS);
    assert.equal((await service.complete(at('b', 'b'))).text, '0 b1 b4 b9');
    await writeModel('changing', words('c'));
    assert.equal((await service.complete(at('changing', 'c'))).text, '0 c1 c4 c9');
    await writeModel('changing', words('d'));
    assert.equal((await service.complete(at('changing', 'd'))).text, '0 d1 d4 d9');
  });

  it('does not count the time to open a model', async (context) => {
    const open = OpenTextModel.open.bind(OpenTextModel);
    context.mock.method(OpenTextModel, 'open', async (request: CompleteRequest) => {
      await setTimeout(2000);
      return open(request);
    });
    const { text, reason, totalMs } = await service.complete(at('a', 'a', { budgetMs: 1900 }));
    assert.deepEqual([text, reason], [SAYS, 'length']);
    assert.ok(totalMs < 1900);
  });

  it('keeps a model whose folder is deleted, whole or in part', async () => {
    const path = await writeModel('going', words('a'));
    await service.open({ model: path, provider: 'cpu' });
    for (const name of readdirSync(path)) {
      rmSync(join(path, name));
      assert.equal((await service.complete(at('going', 'a'))).text, SAYS);
    }
    rmSync(path, { recursive: true });
    assert.equal((await service.complete(at('going', 'a'))).text, SAYS);
    assert.equal((await service.open({ model: path, provider: 'cpu' })).name, 'going');
  });

  it('says what is wrong with a folder, and goes on', async () => {
    await assert.rejects(service.complete(at('none', 'a')), { code: 'usage', message: /none/ });
    const path = await writeModel('broken', words('a'));
    writeFileSync(join(path, 'model.safetensors'), 'no tensors');
    await assert.rejects(service.open({ model: path }), {
      code: 'checkpoint',
      message: /model\.safetensors/,
    });
    assert.equal((await service.complete(at('a', 'a'))).text, SAYS);
  });

  it('keeps no model that could not be warmed up', async (context) => {
    const opened = context.mock.method(OpenTextModel, 'open');
    const closed = context.mock.method(OpenTextModel.prototype, 'close');
    const warmUp = context.mock.method(OpenTextModel.prototype, 'warmUp');
    warmUp.mock.mockImplementationOnce(() => Promise.reject(lost));
    await assert.rejects(service.open(at('a', '')), lost);
    assert.equal(closed.mock.callCount(), 1);
    assert.equal((await service.complete(at('a', 'a'))).text, SAYS);
    assert.deepEqual([opened.mock.callCount(), warmUp.mock.callCount()], [2, 2]);
  });

  it('opens a model anew after its device failed', async (context) => {
    const opened = context.mock.method(OpenTextModel, 'open');
    const prefill = context.mock.method(Decoder.prototype, 'prefill');
    const fail = (error: Error): void =>
      prefill.mock.mockImplementationOnce(() => Promise.reject(error), prefill.mock.callCount());
    await service.open(at('a', ''));
    fail(lost);
    await assert.rejects(service.complete(at('a', 'a')), lost);
    assert.equal((await service.complete(at('a', 'a'))).text, SAYS);
    assert.equal(opened.mock.callCount(), 2);

    fail(lost);
    const events = service.generate({ model: join(folder, 'a'), provider: 'cpu', prompt: 'a' });
    await assert.rejects(events.next(), lost);
    assert.equal((await service.complete(at('a', 'a'))).text, SAYS);
    assert.equal(opened.mock.callCount(), 3);

    fail(new ClozeError('model', 'of another kind'));
    await assert.rejects(service.complete(at('a', 'a')), { code: 'model' });
    assert.equal((await service.complete(at('a', 'a'))).text, SAYS);
    assert.equal(opened.mock.callCount(), 3, 'the device is well');
  });

  it('types along with a model that was trained to fill in the middle', async () => {
    const data = join(folder, 'data.ts');
    writeFileSync(data, source);
    const fields = [
      'model.layers=1',
      'model.heads=2',
      'model.width=32',
      'model.context=256',
      'training.steps=2',
      'training.fimRate=0.5',
      'training.batch=2',
      'training.evalBatches=1',
    ];
    const out = join(folder, 'first-run');
    await startTraining({
      data: [data],
      model: 'gpt-nano',
      tokenizer: 'bpe:400',
      out,
      provider: 'cpu',
      settings: applySettings(fields),
    });
    const { name, fim, folder: read } = await service.open({ model: out, provider: 'cpu' });
    assert.deepEqual([name, fim], ['first-run', true]);
    assert.equal(read, join(out, 'checkpoints', 'best'));

    const half = source.indexOf('\n', source.length / 2) + 1;
    const typed = 'const next = compute(value3);';
    const reread: number[] = [];
    for (let i = 0; i <= typed.length; i++) {
      const prefix = source.slice(0, half) + typed.slice(0, i);
      const suffix = `\n${source.slice(half)}`;
      const request = { model: out, provider: 'cpu', prefix, suffix, settings: { maxTokens: 4 } };
      const { promptTokens, reused } = await service.complete(request);
      assert.ok(promptTokens > 150);
      reread.push(promptTokens - reused);
    }
    const few = reread.slice(1).filter((count) => count <= 4);
    assert.ok(few.length >= typed.length - 1, reread.join());
    renameSync(out, `${out}-elsewhere`);
    assert.equal((await service.open({ model: out, provider: 'cpu' })).name, 'first-run');
  });
});
