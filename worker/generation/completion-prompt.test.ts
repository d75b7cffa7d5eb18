import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CharTokenizer } from '../tokenizers/char.ts';
import { SPECIAL } from '../tokenizers/tokenizer.ts';
import { completionPrompt, offsetAt } from './completion-prompt.ts';
import { testTokenizer } from './test-support.ts';

const tokenizer = testTokenizer([
  ['a', 'b'],
  ['ab', 'c'],
]);
const special = (token: string): number => tokenizer.specialTokens.get(token)!;
const [end, pre, suf, mid] = [SPECIAL.endOfText, SPECIAL.fimPrefix, SPECIAL.fimSuffix, SPECIAL.fimMiddle].map(
  special,
);
const ids = (text: string): number[] => [...tokenizer.encode(text)];
const bytes = (text: string): number[] => [...new TextEncoder().encode(text)];

describe('completionPrompt', () => {
  it('is the text before the cursor, without its last token', () => {
    const prompt = completionPrompt(tokenizer, { text: 'xyabz', offset: 4 }, { fim: false, budget: 100 });
    assert.deepEqual(prompt.tokens, [end, ...ids('xy')]);
    assert.deepEqual([...prompt.begin], bytes('ab'));
    assert.equal(prompt.cut, false);
  });

  it('has the text after the cursor too where the model fills in the middle', () => {
    const prompt = completionPrompt(tokenizer, { text: 'xyabz', offset: 3 }, { fim: true, budget: 100 });
    assert.deepEqual(prompt.tokens, [end, pre, ...ids('xy'), suf, ...ids('bz'), mid]);
    assert.deepEqual([...prompt.begin], bytes('a'));
  });

  it('is the sentinels alone in an empty file', () => {
    const prompt = completionPrompt(tokenizer, { text: '', offset: 0 }, { fim: true, budget: 100 });
    assert.deepEqual(prompt.tokens, [end, pre, suf, mid]);
    assert.equal(prompt.begin.length, 0);
  });

  it('keeps within its budget, three parts before the cursor to one after', () => {
    const text = `${'x'.repeat(500)}${'y'.repeat(500)}`;
    for (const budget of [5, 20, 64, 104, 1000]) {
      const { tokens, cut } = completionPrompt(tokenizer, { text, offset: 500 }, { fim: true, budget });
      const count = (letter: string): number => tokens.filter((id) => id === ids(letter)[0]).length;
      assert.ok(tokens.length <= budget, `${tokens.length} of ${budget}`);
      assert.equal(cut, budget < 1000);
      if (budget === 104)
        assert.ok(count('x') >= 56 && count('x') <= 75 && count('y') >= 25, `${count('x')} ${count('y')}`);
    }
  });

  it('gives one side what the other does not need', () => {
    const text = `${'x'.repeat(10)}${'y'.repeat(500)}`;
    const { tokens, cut } = completionPrompt(tokenizer, { text, offset: 10 }, { fim: true, budget: 104 });
    assert.equal(tokens.filter((id) => id === ids('y')[0]).length, 90);
    assert.equal(cut, false);
  });

  it('begins at the same token while one types, most of the time', () => {
    const text = Array.from({ length: 3000 }, (_, i) => `line ${i}\n`).join('');
    const starts = new Set<string>();
    for (let offset = 20_000; offset < 20_100; offset++) {
      const { tokens } = completionPrompt(tokenizer, { text, offset }, { fim: false, budget: 200 });
      assert.ok(tokens.length >= 140 && tokens.length < 200);
      starts.add(tokens.slice(0, 20).join());
    }
    assert.ok(starts.size <= 4, `${starts.size} beginnings`);
  });

  it('heals nothing where every token is a character', () => {
    const char = new CharTokenizer({
      vocab: new Map(Array.from('xyz').map((each, id) => [each, id])),
      addedTokens: [],
    });
    const prompt = completionPrompt(char, { text: 'xyz', offset: 2 }, { fim: false, budget: 10 });
    assert.equal(prompt.begin.length, 0);
    assert.deepEqual(prompt.tokens, [...char.encode('xy')]);
  });
});

describe('offsetAt', () => {
  it('counts lines and columns from 1', () => {
    const text = 'ab\r\ncd\n';
    assert.deepEqual(
      [
        [1, 1],
        [1, 3],
        [2, 1],
        [3, 1],
      ].map(([line, column]) => offsetAt(text, line!, column!)),
      [0, 2, 4, 7],
    );
  });

  it('refuses places outside the text', () => {
    for (const [line, column] of [
      [0, 1],
      [4, 1],
      [1, 4],
      [2, 0],
    ]) {
      assert.throws(() => offsetAt('ab\r\ncd\n', line!, column!), { code: 'usage' });
    }
  });
});
