import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Device } from '../runtime/device.ts';
import { openDevice } from '../runtime/open-device.ts';
import { SPECIAL } from '../tokenizers/tokenizer.ts';
import { Decoder } from './decoder.ts';
import type { DoneEvent, GenerationEvent } from './events.ts';
import { generate, type GenerationOptions, type TextModel } from './generate.ts';
import { tokenLosses } from './likelihood.ts';
import {
  randomParameters,
  scriptedModel,
  scriptedParameters,
  smallConfig,
  testTokenizer,
  tokenizerWithBos,
} from './test-support.ts';

const tokenizer = testTokenizer([['h', 'e']]);
const endOfText = tokenizer.specialTokens.get(SPECIAL.endOfText)!;
const greedy = { temperature: 0 };

describe('generate', () => {
  let device: Device;
  let random: TextModel;

  before(async () => {
    ({ device } = await openDevice('cpu', { threads: 1 }));
    const config = smallConfig({ vocab: tokenizer.vocabSize + 3 });
    const decoder = await Decoder.create(device, config, await randomParameters(device, config));
    random = { decoder, tokenizer, endIds: [] };
  });
  after(() => device.close());

  /** A model that says `text` after the first `from` tokens, then ends. */
  const says = (text: string, from = 1): Promise<TextModel> =>
    scriptedModel(device, tokenizer, [
      ...Array.from<number>({ length: from - 1 }).fill(0),
      ...tokenizer.encode(text),
      endOfText,
    ]);

  it('streams text and says how it went', async () => {
    const events = await collect(generate(await says('hello, there', 3), 'abc', greedy));
    assert.equal(textOf(events), 'hello, there');
    assert.deepEqual(
      { ...events[0], prefillMs: 0 },
      { type: 'prompt', tokens: 3, reused: 0, dropped: 0, prefillMs: 0 },
    );
    const done = doneOf(events);
    assert.equal(done.text, 'hello, there');
    assert.equal(done.reason, 'end');
    assert.equal(done.tokens, tokenizer.encode('hello, there').length + 1);
    assert.ok(done.msPerToken! > 0);
    assert.ok(Math.abs(done.tokensPerSecond! - 1000 / done.msPerToken!) < 1e-9);
  });

  it('never splits a character', async () => {
    const text = 'é€😀ü';
    const events = await collect(generate(await says(text), 'a', greedy));
    const pieces = events.flatMap((event) => (event.type === 'text' ? [event.text] : []));
    assert.deepEqual(pieces, Array.from(text));
  });

  it('ends before a stop string that several tokens make', async () => {
    const model = await says('return 1;\n}\n\nfunction');
    const events = await collect(generate(model, 'a', { ...greedy, stop: ['\n}\n', 'zzz'] }));
    assert.equal(textOf(events), 'return 1;');
    assert.equal(doneOf(events).reason, 'stop');
    assert.equal(doneOf(events).stop, '\n}\n');
  });

  it('reports what it held back when the stop string does not come', async () => {
    const events = await collect(generate(await says('a\n'), 'a', { ...greedy, stop: ['\n}'] }));
    assert.equal(textOf(events), 'a\n');
    assert.equal(doneOf(events).text, 'a\n');
  });

  it('ends with length after the most tokens, and where the context is full', async () => {
    const model = await says('abcdefgh');
    const four = await collect(generate(model, 'a', { ...greedy, maxTokens: 4 }));
    assert.deepEqual([textOf(four), doneOf(four).reason, doneOf(four).tokens], ['abcd', 'length', 4]);
    const full = await collect(generate(model, 'aaaaaaa', { ...greedy, maxTokens: 2 }));
    assert.deepEqual([textOf(full), doneOf(full).reason], ['gh', 'length']);
    const script = await scriptedModel(device, tokenizer, [...tokenizer.encode('abcdefgh')]);
    const noEnd = await collect(generate(script, 'aaaa', { ...greedy, maxTokens: 100 }));
    assert.deepEqual([textOf(noEnd), doneOf(noEnd).reason], ['defgh', 'length']);
  });

  it('begins with the token that the tokenizer puts before texts, which a long prompt keeps and the cache holds', async () => {
    const withBos = tokenizerWithBos();
    const [bos, text] = [withBos.bosId!, 'a'.repeat(60) + 'b'.repeat(40)];
    const { config, state } = await scriptedParameters(device, withBos, new Array<number>(48).fill(120));
    const model = { decoder: await Decoder.create(device, config, state), tokenizer: withBos, endIds: [] };
    const read = async (prompt: string | number[], maxTokens = 10) => {
      const [event] = await collect(generate(model, prompt, { ...greedy, maxTokens }));
      assert.ok(event?.type === 'prompt');
      return { ...event, ids: model.decoder.tokens.slice(0, event.tokens) };
    };
    const long = await read(text);
    assert.deepEqual(long.ids, [bos, ...withBos.encode(text.slice(-37))]);
    assert.deepEqual([long.tokens, long.dropped], [38, 63]);
    const short = await read('ac');
    assert.deepEqual([short.ids, short.reused], [[bos, ...withBos.encode('ac')], 1]);
    assert.equal((await read('acd')).reused, 3);
    assert.deepEqual((await read('')).ids, [bos]);
    assert.deepEqual((await read([7, 8])).ids, [7, 8]); // ids are taken as they are
    const losses = await tokenLosses(model, text);
    assert.deepEqual([losses.length, model.decoder.tokens[0]], [47, bos]);
    assert.equal((await tokenLosses(model, 'x')).length, 1);
  });

  it('cuts a long prompt on its left, and says so', async () => {
    const prompt = Array.from({ length: 100 }, (_, i) => i);
    const events = await collect(generate(random, prompt, { ...greedy, maxTokens: 10 }));
    const [read] = events;
    assert.ok(read?.type === 'prompt');
    assert.deepEqual([read.tokens, read.dropped], [38, 62]);
    assert.deepEqual(random.decoder.tokens.slice(0, 38), prompt.slice(62));
    const half = await collect(generate(random, prompt, { ...greedy, maxTokens: 40 }));
    assert.equal(
      half[0]?.type === 'prompt' && half[0].tokens,
      24,
      'half of the context stays for the prompt',
    );
    assert.equal(doneOf(half).reason, 'length');
  });

  it('reuses what a second request shares', async () => {
    const [first, second] = ['the same beginning', 'the same end'];
    await collect(generate(random, first, { maxTokens: 1 }));
    const events = await collect(generate(random, second, { maxTokens: 1 }));
    const shared = tokenizer.encode('the same ').length;
    assert.equal(events[0]?.type === 'prompt' && events[0].reused, shared);
  });

  it('is a function of the seed', async () => {
    const text = async (options: GenerationOptions): Promise<string> =>
      textOf(await collect(generate(random, 'seed', { maxTokens: 20, ...options })));
    assert.equal(await text({ seed: 1 }), await text({ seed: 1 }));
    assert.notEqual(await text({ seed: 1 }), await text({ seed: 2 }));
    assert.equal(await text({ seed: 1, ...greedy }), await text({ seed: 2, ...greedy }));
  });

  it('guesses what repeats itself, and says the same as without guesses', async () => {
    const text = 'for (const a of b) {} for (const a of c) {} for (const a of d) {}';
    const script = [...tokenizer.encode(text), endOfText];
    const run = async (frozen: boolean): Promise<DoneEvent> =>
      doneOf(
        await collect(generate(await scriptedModel(device, tokenizer, script, { frozen }), 'x', greedy)),
      );
    const [guessed, plain] = [await run(true), await run(false)];
    assert.equal(guessed.text, text);
    assert.equal(plain.text, text);
    assert.equal(guessed.tokens, plain.tokens);
    assert.equal(plain.runs, plain.tokens - 1);
    assert.ok(guessed.runs < 0.7 * plain.runs, `${guessed.runs} runs for ${guessed.tokens} tokens`);
  });

  it('gives the same draws with guesses as without', async () => {
    const config = smallConfig({ vocab: tokenizer.vocabSize });
    const parameters = await randomParameters(device, config);
    const run = async (frozen: boolean, seed: number): Promise<DoneEvent> => {
      const decoder = await Decoder.create(device, config, parameters, { frozen });
      const options = { topK: 3, temperature: 0.7, repetitionPenalty: 1.1, maxTokens: 40, seed };
      return doneOf(await collect(generate({ decoder, tokenizer, endIds: [] }, 'abcabcabc', options)));
    };
    for (const seed of [1, 2, 3]) {
      const [guessed, plain] = [await run(true, seed), await run(false, seed)];
      assert.equal(guessed.text, plain.text);
    }
  });

  it('never says special tokens, nor rows of the model that the tokenizer lacks', async () => {
    const events = await collect(generate(random, 'x', { maxTokens: 40, temperature: 100, seed: 4 }));
    assert.equal(doneOf(events).tokens, 40);
    const said = random.decoder.tokens.slice(1);
    assert.ok(
      said.every((id) => id < 257),
      said.join(),
    );
  });

  it('begins as it must', async () => {
    const begin = new TextEncoder().encode('qhe');
    const events = await collect(generate(random, 'x', { maxTokens: 12, begin, seed: 2 }));
    const said = tokenizer.decode(random.decoder.tokens.slice(1));
    assert.ok(said.startsWith('qhe'), said);
    assert.equal(
      doneOf(events).text.slice(0, 3),
      said.slice(3, 6),
      'what it had to begin with is not reported',
    );
  });

  it('ends within one token when the signal fires', async () => {
    const controller = new AbortController();
    const events: GenerationEvent[] = [];
    let texts = 0;
    for await (const event of generate(await says('abcdefgh'), 'a', {
      ...greedy,
      signal: controller.signal,
    })) {
      events.push(event);
      if (event.type === 'text' && ++texts === 3) controller.abort();
    }
    assert.deepEqual([textOf(events), doneOf(events).reason], ['abc', 'cancelled']);
    const before = await collect(generate(random, 'a', { signal: AbortSignal.abort() }));
    assert.deepEqual(
      before.map(({ type }) => type),
      ['done'],
    );
    assert.equal(doneOf(before).reason, 'cancelled');
  });

  it('lets timers and messages through between tokens', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 5);
    const slow = await scriptedModel(device, tokenizer, Array.from<number>({ length: 1000 }).fill(65));
    const events = await collect(
      generate(slow, 'a', { ...greedy, maxTokens: 900, signal: controller.signal }),
    );
    assert.equal(doneOf(events).reason, 'cancelled');
    assert.ok(doneOf(events).tokens < 900);
  });

  it('refuses a decoder in use, and frees it when the reader leaves', async () => {
    const running = generate(random, 'a', { maxTokens: 5 });
    await running.next();
    await assert.rejects(collect(generate(random, 'b')), { code: 'usage' });
    await running.return();
    assert.equal(doneOf(await collect(generate(random, 'b', { maxTokens: 2 }))).reason, 'length');
  });

  it('begins a text from nothing with the end of the one before', async () => {
    await collect(generate(random, '', { maxTokens: 1 }));
    assert.deepEqual(random.decoder.tokens, [endOfText]);
  });

  it('checks options', async () => {
    for (const options of [
      { temperature: -1 },
      { topP: 0 },
      { topK: 1.5 },
      { maxTokens: 0 },
      { stop: [''] },
    ]) {
      await assert.rejects(collect(generate(random, 'a', options)), { code: 'usage' });
    }
  });
});

async function collect(events: AsyncIterable<GenerationEvent>): Promise<GenerationEvent[]> {
  const all: GenerationEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

function textOf(events: readonly GenerationEvent[]): string {
  return events.map((event) => (event.type === 'text' ? event.text : '')).join('');
}

function doneOf(events: readonly GenerationEvent[]): DoneEvent {
  const last = events.at(-1);
  assert.ok(last?.type === 'done');
  return last;
}
