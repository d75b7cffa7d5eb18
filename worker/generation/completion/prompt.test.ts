import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CharTokenizer } from '../../tokenizers/char.ts';
import { SPECIAL } from '../../tokenizers/tokenizer.ts';
import { completionPrompt, type CompletionPrompt, type FimOrder, type PromptInput } from './prompt.ts';
import { testTokenizer, tokenizerWithBos } from '../test-support.ts';

const MERGES = [
  ['a', 'b'],
  ['ab', 'c'],
] as const;
const tokenizer = testTokenizer(MERGES);
const special = (token: string): number => tokenizer.specialTokens.get(token)!;
const [end, pre, suf, mid] = [SPECIAL.endOfText, SPECIAL.fimPrefix, SPECIAL.fimSuffix, SPECIAL.fimMiddle].map(
  special,
);
const ids = (text: string): number[] => [...tokenizer.encode(text)];
const bytes = (text: string): number[] => [...new TextEncoder().encode(text)];

/** The prompt at the mark |, or around two texts. */
function promptOf(
  code: string | Pick<PromptInput, 'prefix' | 'suffix'>,
  { order, budget = 1000, neighbours = [] }: Partial<PromptInput & { order: FimOrder; budget: number }> = {},
): CompletionPrompt {
  const [prefix = '', suffix = ''] = typeof code === 'string' ? code.split('|') : [code.prefix, code.suffix];
  return completionPrompt(tokenizer, { prefix, suffix, neighbours }, { order, budget });
}

/** Tokens of `next` that a cache of `last` does not hold. */
function reread(last: CompletionPrompt, next: CompletionPrompt): number {
  const differs = next.tokens.findIndex((id, i) => id !== last.tokens[i]);
  return differs < 0 ? 0 : next.tokens.length - differs;
}

const program = Array.from({ length: 400 }, (_, i) => `const value${i} = compute(${i * 7}, abc);\n`).join('');

describe('completionPrompt', () => {
  it('is the text before the cursor, without its last token', () => {
    const prompt = promptOf('xyab|z');
    assert.deepEqual(prompt.tokens, [end, ...ids('xy')]);
    assert.deepEqual([...prompt.begin], bytes('ab'));
    assert.equal(prompt.cut, false);
  });

  it('begins, as other files do, with the token that the tokenizer puts before texts, also where the text is cut', () => {
    const withBos = tokenizerWithBos(MERGES);
    const bos = withBos.bosId!;
    const of = (prefix: string, neighbours: string[], budget: number) =>
      completionPrompt(withBos, { prefix, suffix: '', neighbours }, { order: undefined, budget });
    assert.deepEqual(of('xyz', ['ab', 'c'], 99).tokens, [
      bos,
      ...ids('ab'),
      bos,
      ...ids('c'),
      bos,
      ...ids('xy'),
    ]);
    const cut = of('x'.repeat(200), [], 50);
    assert.equal(cut.cut, true);
    assert.deepEqual([cut.tokens[0], cut.tokens.length <= 50], [bos, true]);
    assert.ok(cut.tokens.slice(1).every((id) => id !== bos));
  });

  it('has the text after the cursor too where the model fills in the middle, in the order that it has learned', () => {
    const psm = promptOf('xya|bz', { order: 'psm' });
    assert.deepEqual(psm.tokens, [end, pre, ...ids('xy'), suf, ...ids('bz'), mid]);
    assert.deepEqual([...psm.begin], bytes('a'));
    const spm = promptOf('xya|bz', { order: 'spm' });
    assert.deepEqual(spm.tokens, [end, pre, suf, ...ids('bz'), mid, ...ids('xy')]);
    assert.deepEqual([...spm.begin], bytes('a'));
  });

  it('is the sentinels alone in an empty file', () => {
    assert.deepEqual(promptOf('|', { order: 'psm' }).tokens, [end, pre, suf, mid]);
    assert.deepEqual(promptOf('|', { order: 'spm' }).tokens, [end, pre, suf, mid]);
    assert.equal(promptOf('|', { order: 'spm' }).begin.length, 0);
  });

  it('keeps within its budget, three parts before the cursor to one after', () => {
    const code = { prefix: 'x'.repeat(500), suffix: 'y'.repeat(500) };
    for (const order of ['psm', 'spm'] as const) {
      for (const budget of [5, 20, 64, 104, 1004]) {
        const { tokens, cut } = promptOf(code, { order, budget });
        const count = (letter: string): number => tokens.filter((id) => id === ids(letter)[0]).length;
        assert.ok(tokens.length <= budget, `${tokens.length} of ${budget}`);
        assert.equal(cut, budget < 1000);
        if (budget === 104) assert.deepEqual([count('x'), count('y')], [67, 25]);
      }
    }
  });

  it('gives the text after the cursor what the text before it does not need, in steps', () => {
    const { tokens, cut } = promptOf(
      { prefix: 'x'.repeat(10), suffix: 'y'.repeat(500) },
      { order: 'psm', budget: 104 },
    );
    assert.equal(tokens.filter((id) => id === ids('y')[0]).length, 25 + 5 * 12);
    assert.equal(cut, false);
  });

  it('shows other files first, one after another', () => {
    const neighbours = ['first', 'second'];
    const { tokens } = promptOf('xyab|z', { neighbours });
    assert.deepEqual(tokens, [end, ...ids('first'), end, ...ids('second'), end, ...ids('xy')]);
    const spm = promptOf('xyab|z', { neighbours, order: 'spm' });
    assert.deepEqual(spm.tokens.slice(-6), [end, pre, suf, ...ids('z'), mid, ...ids('xy')].slice(-6));
  });

  it('shows the newest of them where not all fit, and those in the order in which they came', () => {
    const neighbours = ['x'.repeat(2000), 'y'.repeat(60), 'z'.repeat(60)];
    const head = (budget: number): string =>
      tokenizer
        .decode(promptOf(program + '|', { neighbours, budget }).tokens.slice(0, (budget - 1) / 4), {
          skipSpecial: true,
        })
        .replaceAll(/(.)\1*/g, '$1');
    assert.equal(head(401), 'yz');
    assert.equal(head(801), 'xyz');
    const { tokens } = promptOf('|', { neighbours, budget: 41 });
    assert.deepEqual(tokens, [end, ...ids('z'.repeat(39)), end]);
  });

  it('gives other files a quarter of a long context, and of a short one only what is left', () => {
    const neighbours = ['y'.repeat(2000)];
    const share = (budget: number, prefix: string): number =>
      promptOf({ prefix, suffix: '' }, { neighbours, budget }).tokens.filter((id) => id === ids('y')[0])
        .length;
    assert.equal(share(801, 'x'.repeat(2000)), 199);
    assert.equal(share(101, 'x'.repeat(2000)), 0);
    assert.equal(share(101, 'x'.repeat(30)), 59);
    for (const budget of [3, 17, 101, 801]) {
      assert.ok(promptOf(program + '|', { neighbours, budget }).tokens.length <= budget);
    }
  });

  it('is read anew for a few tokens only while one types, where the suffix comes first', () => {
    const typed = 'const next = abc(value1, value2, value3);';
    const neighbours = [program];
    const middle = program.indexOf('\n', program.length / 2) + 1;
    for (const budget of [112, 960]) {
      const prompts = Array.from({ length: typed.length }, (_, i) =>
        promptOf(
          { prefix: program.slice(0, middle) + typed.slice(0, i), suffix: `\n${program.slice(middle)}` },
          { order: 'spm', budget, neighbours },
        ),
      );
      const counts = prompts.slice(1).map((prompt, i) => reread(prompts[i]!, prompt));
      const few = counts.filter((count) => count <= 4).length;
      assert.ok(few >= counts.length - 2, counts.join()); // the start moves in large steps
    }
  });

  it('begins at the same token while one types, most of the time', () => {
    const starts = new Set<string>();
    for (let offset = 10_000; offset < 10_100; offset++) {
      const { tokens } = promptOf({ prefix: program.slice(0, offset), suffix: '' }, { budget: 200 });
      assert.ok(tokens.length >= 140 && tokens.length <= 200, `${tokens.length}`);
      starts.add(tokens.slice(0, 20).join());
    }
    assert.ok(starts.size <= 4, `${starts.size} beginnings`);
  });

  it('reads no more than it can show of a large file', () => {
    const large = program.repeat(300);
    const start = performance.now();
    promptOf({ prefix: large, suffix: large }, { order: 'spm', budget: 1000 });
    assert.ok(performance.now() - start < 500);
  });

  it('heals nothing where every token is a character', () => {
    const char = new CharTokenizer({
      vocab: new Map(Array.from('xyz').map((each, id) => [each, id])),
      addedTokens: [],
    });
    const input = { prefix: 'xy', suffix: 'z', neighbours: ['zzz'] };
    const prompt = completionPrompt(char, input, { order: undefined, budget: 10 });
    assert.equal(prompt.begin.length, 0);
    assert.deepEqual(prompt.tokens, [...char.encode('xy')]);
  });
});
