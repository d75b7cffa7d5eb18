import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Device, openDevice } from '../runtime/device.ts';
import { SPECIAL } from '../tokenizers/tokenizer.ts';
import { complete, type CompletionOptions } from './complete.ts';
import { scriptedModel, testTokenizer } from './test-support.ts';

const tokenizer = testTokenizer([
  ['r', 'e'],
  ['re', 't'],
  ['Ġ', 'x'],
]);

describe('complete', () => {
  let device: Device;
  before(async () => {
    ({ device } = await openDevice('cpu', { threads: 1 }));
  });
  after(() => device.close());

  /** Completes `text` at the mark | with a model that says `says` after the prompt. */
  async function at(text: string, says: string, options: Partial<CompletionOptions> = {}): Promise<string> {
    const offset = text.indexOf('|');
    const fim = options.fim ?? false;
    const whole = text.replace('|', '');
    const prompt = 1 + tokenizer.encode(whole.slice(0, offset)).length - 1; // <|endoftext|>, and one left out
    const length = fim ? prompt + 3 + tokenizer.encode(whole.slice(offset)).length : prompt;
    const script = [...Array.from<number>({ length: length - 1 }).fill(0), ...tokenizer.encode(says)];
    script.push(...Array.from<number>({ length: 80 }).fill(tokenizer.specialTokens.get(SPECIAL.endOfText)!));
    const model = await scriptedModel(device, tokenizer, script);
    return (await complete(model, { text: whole, offset }, { temperature: 0, fim, ...options })).text;
  }

  it('goes on within a token that has been typed in part', async () => {
    assert.equal(await at('a;re|', 'ret x'), 't x');
    assert.equal(await at('return |', ' xy'), 'xy', 'a space belongs to the word after it');
  });

  it('is shown what comes after the cursor where the model fills in the middle', async () => {
    assert.equal(await at('f(|)', '(x'), 'x');
    assert.equal(await at('f(|) + g', '(x', { fim: true }), 'x');
  });

  it('ends with the line within one', async () => {
    assert.equal(await at('a = |;', ' 1\n2'), '1');
    assert.equal(await at('call|', 'lb\nc'), 'b');
  });

  it('goes on for several lines where a block begins, to a blank one', async () => {
    assert.equal(await at('if (a) {|', '{\n  b;\n}\n\nc'), '\n  b;\n}');
    assert.equal(await at('if (a) {|', '{\n  b;', { lines: 'single' }), '');
    assert.equal(await at('call|', 'l();\nc\n\nd', { lines: 'multi' }), '();\nc');
  });

  it('takes stop strings', async () => {
    assert.equal(await at('a = |', ' 1; b', { stop: [';'] }), '1');
  });
});
