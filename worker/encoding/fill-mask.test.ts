import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { Answers, EncoderInput } from './encoder.ts';
import { fillMask } from './fill-mask.ts';
import { MOST_POSITIONS } from './programs.ts';
import { robertaBytes, scriptedModel, smallEncoder, wordPieces } from './test-support.ts';

const pieces = wordPieces(['paris', 'is', 'big', 'walk', '##ing', '##s', '.', 'a'], 300);

/** Logits in which the i-th token asked about is likeliest the i-th of `tokens`, and next the token before that. */
function says(tokenizer: Tokenizer, tokens: readonly string[]): (input: EncoderInput) => Answers {
  let said = 0;
  return ({ positions = [] }) => {
    const logits = new Float32Array(MOST_POSITIONS * 300);
    for (const i of positions.keys()) {
      const id = tokenizer.tokenToId(tokens[said++ % tokens.length]!)!;
      logits[i * 300 + id] = 9;
      logits[i * 300 + id - 1] = 8;
    }
    return { logits };
  };
}

const pieceModel = (tokens: readonly string[]) =>
  scriptedModel(smallEncoder('mlm'), pieces, says(pieces, tokens));

describe('fillMask', () => {
  it('gives the likeliest tokens of each mask, where it stands, and the text filled in', async () => {
    const { model, asked } = pieceModel(['paris', 'big']);
    const text = 'It  is [MASK] <mask>.';
    const { masks, text: filled } = await fillMask(model, text, { top: 2 });
    assert.equal(filled, 'It  is paris big.');
    assert.deepEqual(
      masks.map(({ start, end }) => text.slice(start, end)),
      ['[MASK]', '<mask>'],
    );
    const [first] = masks;
    assert.deepEqual(
      first!.fillings.map(({ token }) => token),
      ['paris', '[MASK]'],
    );
    const sum = Math.exp(9) + Math.exp(8) + 298;
    for (const [i, value] of [9, 8].entries()) {
      assert.ok(Math.abs(first!.fillings[i]!.probability - Math.exp(value) / sum) < 1e-12);
    }
    const { ids, positions } = asked[0]!.input;
    assert.deepEqual(
      [...positions!].map((at) => pieces.idToToken(ids[at]!)),
      ['[MASK]', '[MASK]'],
    );
    assert.equal(asked[0]!.question, 'masked');
  });

  it('joins a piece to the word before it', async () => {
    const { model } = pieceModel(['walk', '##ing']);
    assert.equal((await fillMask(model, 'a [MASK] [MASK] a')).text, 'a walking a');
    assert.equal((await fillMask(pieceModel(['##s']).model, '[MASK] a')).text, 's a');
  });

  it("reads byte-level tokens with the blank that begins them, as RoBERTa's", async () => {
    const tokenizer = robertaBytes([['Ġ', 'x']]);
    const config = smallEncoder('mlm', { layout: 'roberta', segments: 1 });
    const blank = scriptedModel(config, tokenizer, says(tokenizer, ['Ġx']));
    const { text, masks } = await fillMask(blank.model, 'ab [MASK].', { top: 1 });
    assert.equal(text, 'ab x.');
    assert.deepEqual(masks[0]!.fillings[0]!.text, 'x');
    assert.deepEqual([masks[0]!.start, masks[0]!.end], [3, 9]);
    assert.equal((await fillMask(blank.model, '<mask>b')).text, 'xb');
    const joined = scriptedModel(config, tokenizer, says(tokenizer, ['x']));
    assert.equal((await fillMask(joined.model, 'ab <mask>.')).text, 'abx.');
  });

  it('tells words from pieces that go on one', async () => {
    const continues = async (
      of: ReturnType<typeof scriptedModel>,
      text: string,
    ): Promise<boolean | undefined> =>
      (await fillMask(of.model, text, { top: 1 })).masks[0]!.fillings[0]!.continues;
    assert.equal(await continues(pieceModel(['big']), 'a [MASK]'), false);
    assert.equal(await continues(pieceModel(['##s']), 'a [MASK]'), true);
    const tokenizer = robertaBytes([['Ġ', 'x']]);
    const config = smallEncoder('mlm', { layout: 'roberta', segments: 1 });
    const says1 = (token: string) => scriptedModel(config, tokenizer, says(tokenizer, [token]));
    assert.equal(await continues(says1('Ġx'), 'ab <mask>.'), false);
    assert.equal(await continues(says1('x'), 'ab <mask>.'), true);
    assert.equal(await continues(says1('.'), 'ab <mask>'), false);
    assert.equal(await continues(says1('x'), ' <mask> ab'), false); // nothing is before it
  });

  it('asks about more masks than fit into a run, and about each of a long text by itself', async () => {
    const many = pieceModel(['a', 'big']);
    const { masks } = await fillMask(many.model, 'is ' + '[MASK] '.repeat(11));
    assert.deepEqual(
      masks.map(({ fillings }) => fillings[0]!.token),
      Array.from({ length: 11 }, (_, i) => (i % 2 === 0 ? 'a' : 'big')),
    );
    assert.deepEqual(
      many.asked.map(({ input }) => input.positions!.length),
      [8, 3],
    );
    const long = pieceModel(['a', 'big']);
    const text = `[MASK] ${'is '.repeat(40)}[MASK]${' is'.repeat(40)}`;
    const filled = await fillMask(long.model, text);
    assert.equal(filled.text, text.replace('[MASK]', 'a').replace('[MASK]', 'big'));
    for (const { input } of long.asked) {
      assert.equal(input.ids.length, 16);
      assert.equal(pieces.idToToken(input.ids[input.positions![0]!]!), '[MASK]');
    }
    assert.deepEqual(
      long.asked.map(({ input }) => input.positions),
      [[1], [7]],
    );
  });

  it('refuses a text without a mask, and a model without the head for it', async () => {
    await assert.rejects(fillMask(pieceModel(['a']).model, 'is big'), {
      code: 'usage',
      message: 'expected a text with [MASK], got a text without [MASK]',
    });
    const { model } = scriptedModel(smallEncoder('tag', { labels: ['O', 'X'] }), pieces, () => ({}));
    await assert.rejects(fillMask(model, '[MASK]'), {
      code: 'model',
      message: 'filling masks needs a model with the head mlm or mlm+nsp, got a model with the head tag',
      hint: /this one is for cloze tag/,
    });
  });
});
