import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Device } from '../../runtime/device.ts';
import { openDevice } from '../../runtime/open-device.ts';
import { SPECIAL } from '../../tokenizers/tokenizer.ts';
import { scriptedModel, testTokenizer } from '../test-support.ts';
import { complete, type CompletionHooks, type CompletionInput } from './complete.ts';
import { type Completion, CompletionSchema } from './result.ts';

const tokenizer = testTokenizer([
  ['r', 'e'],
  ['re', 't'],
  ['Ġ', 'x'],
]);
const endOfText = tokenizer.specialTokens.get(SPECIAL.endOfText)!;

describe('complete', () => {
  let device: Device;
  before(async () => {
    ({ device } = await openDevice('cpu', { threads: 1 }));
  });
  after(() => device.close());

  /** Completes `code` at the mark | with a model that says `says` after the prompt. */
  async function at(
    code: string,
    says: string,
    input: Partial<CompletionInput> = {},
    hooks: CompletionHooks = {},
  ): Promise<Completion> {
    const [prefix, suffix] = code.split('|') as [string, string];
    const prompt = 1 + tokenizer.encode(prefix).length - 1; // <|endoftext|>, and one left out
    const length = input.order === undefined ? prompt : prompt + 3 + tokenizer.encode(suffix).length;
    const script = [...Array.from<number>({ length: length - 1 }).fill(0), ...tokenizer.encode(says)];
    script.push(...Array.from<number>({ length: 80 }).fill(endOfText));
    const model = await scriptedModel(device, tokenizer, script);
    const completion = await complete(model, { prefix, suffix, ...input }, hooks);
    return CompletionSchema.parse(completion);
  }

  it('goes on within a token that has been typed in part', async () => {
    assert.equal((await at('a;re|', 'ret x')).text, 't x');
    assert.equal((await at('return |', ' xyz')).text, 'xyz', 'a space belongs to the word after it');
  });

  it('is shown what comes after the cursor where the model fills in the middle', async () => {
    for (const order of ['psm', 'spm'] as const) {
      const completion = await at('f(|) + g', '(xyz', { order });
      assert.equal(completion.text, 'xyz');
      assert.equal(completion.promptTokens, 1 + 3 + 1 + tokenizer.encode(') + g').length);
    }
  });

  it('ends with the line within one', async () => {
    const completion = await at('a = |;', ' 10\n2');
    assert.deepEqual([completion.text, completion.reason, completion.replace], ['10', 'line end', 0]);
  });

  it('goes on for several lines where a block begins', async () => {
    const several = await at('if (a) {|', '{\n  b;\n}\n\nc');
    assert.deepEqual([several.text, several.reason], ['\n  b;\n}', 'blank line']);
    const single = await at('if (a) {|', '{\n  b;', { lines: 'single' });
    assert.deepEqual([single.text, single.nothing], ['', 'blank']);
  });

  it('runs the model no further than the rule that ends it', async () => {
    const { tokens, runs } = await at('a = |;', ' 10\n2345678901234567890');
    assert.equal(tokens, tokenizer.encode(' 10\n').length);
    assert.ok(runs <= tokens);
  });

  it('takes the place of closers behind the cursor', async () => {
    const { text, replace } = await at('function f(|)', '(ab) {');
    assert.deepEqual([text, replace], ['ab) {', 1]);
  });

  it('takes stop strings, and shows what they end', async () => {
    const completion = await at('a = |', ' 10; b', { settings: { stop: [';'] } });
    assert.deepEqual([completion.text, completion.reason], ['10', 'stop']);
  });

  it('reads Windows line ends as line ends', async () => {
    assert.equal((await at('a = 1;\r\nb = |;\r\nc', ' xx;\r\n')).text, 'xx');
    const several = await at('if (a) {|\r\n', '{\r\n  bb;\r\n}\r\n\r\n');
    assert.equal(several.text, '\n  bb;\n}');
  });

  it('never shows half a character', async () => {
    assert.equal((await at('a = |', ' "é😀"')).text, '"é😀"');
    const settings = { maxTokens: 11 };
    const broken = await at('a = |', ' "ab" + "😀', { settings }); // which has four bytes
    assert.equal(broken.text, '"ab" + "');
  });

  it('counts from the arrival of the request, and is nothing when its time is over', async () => {
    const late = await at('a = |', ' xyz', { budgetMs: 50 }, { arrived: performance.now() - 60 });
    assert.deepEqual([late.text, late.reason, late.nothing], ['', 'budget', 'unfinished']);
    assert.ok(late.totalMs >= 60);
    assert.equal(late.tokens, 0);
  });

  it('shows whole words of what there is when its time is over', async () => {
    const words = Array.from({ length: 200 }, (_, i) => `w${i * i} `).join('');
    const model = await scriptedModel(device, tokenizer, [...tokenizer.encode(`a${words}`)]);
    const input = { prefix: 'a', suffix: '', settings: { maxTokens: 600 } };
    let part = await complete(model, { ...input, budgetMs: 0 });
    for (let budgetMs = 5; part.text === ''; budgetMs *= 2)
      part = await complete(model, { ...input, budgetMs });
    assert.equal(part.reason, 'budget');
    assert.ok(part.tokens < 600, `${part.tokens} tokens`);
    assert.ok(words.startsWith(`${part.text} `), part.text);
  });

  it('is empty when it is cancelled', async () => {
    const cancelled = await at('a = |', ' xyz', {}, { signal: AbortSignal.abort() });
    assert.deepEqual([cancelled.text, cancelled.reason, cancelled.nothing], ['', 'cancelled', 'cancelled']);
    assert.equal(cancelled.tokens, 0);
  });

  it('ends within one run of the model when it is cancelled', async () => {
    const words = Array.from({ length: 200 }, (_, i) => `w${i * i} `).join('');
    const model = await scriptedModel(device, tokenizer, [...tokenizer.encode(`a${words}`)]);
    const input = { prefix: 'a', suffix: '', settings: { maxTokens: 600 } };
    const controller = new AbortController();
    let read = 0;
    const watch = (): void => {
      read = model.decoder.tokens.length;
      if (read < 20) setImmediate(watch);
      else controller.abort();
    };
    watch();
    const { nothing, tokens } = await complete(model, input, controller);
    assert.equal(nothing, 'cancelled');
    assert.ok(tokens < 600, `${tokens} tokens`);
    assert.ok(model.decoder.tokens.length - read <= model.decoder.scorable, 'it read on for more than a run');
  });

  it('checks settings', async () => {
    await assert.rejects(at('a|', 'b', { settings: { maxTokens: 0 } }), { code: 'usage' });
  });
});
