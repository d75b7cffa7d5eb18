import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Answers, EncoderInput } from '../encoding/encoder.ts';
import { MOST_POSITIONS } from '../encoding/programs.ts';
import { scriptedModel, smallEncoder, wordPieces } from '../encoding/test-support.ts';
import { MaskedTextSchema } from '../protocol/masking.ts';
import { maskText } from './masking.ts';

const VOCAB = 300;
const WORDS = ['paris', 'is', 'big', 'walk', '##ing', 'a'];
const tokenizer = wordPieces(WORDS, VOCAB);
const config = smallEncoder('mlm', { context: 128 });

/** Says `paris` everywhere, and next `is`. */
function says({ positions = [] }: EncoderInput): Answers {
  const logits = new Float32Array(MOST_POSITIONS * VOCAB);
  for (const i of positions.keys()) {
    logits[i * VOCAB + tokenizer.tokenToId('paris')!] = 9;
    logits[i * VOCAB + tokenizer.tokenToId('is')!] = 8;
  }
  return { logits };
}

const TEXT = 'Paris is big '.repeat(30).trim();

describe('maskText', () => {
  it('says what was done to each token, what the model sees, and whether it is right', async () => {
    const { model, asked } = scriptedModel(config, tokenizer, says);
    const result = await maskText(model, { model: '', text: TEXT, seed: 1 });
    assert.deepEqual(MaskedTextSchema.parse(result), result);
    const { tokens, chosen, right, loss, cut } = result;
    const first = tokens[1]!;
    assert.deepEqual([tokens[0]!.name, tokens[0]!.special, tokens.at(-1)!.name], ['[CLS]', true, '[SEP]']);
    assert.deepEqual(
      [first.name, TEXT.slice(first.start, first.end), first.special],
      ['paris', 'Paris', false],
    );
    assert.equal(cut, 0);
    const marked = tokens.filter(({ mark }) => mark !== 'untouched');
    assert.equal(marked.length, chosen);
    assert.ok(Math.abs(chosen / (tokens.length - 2) - 0.15) < 0.03, `${chosen} of ${tokens.length}`);
    for (const { mark, name, shown, predictions, probability } of tokens) {
      assert.equal(predictions.length, mark === 'untouched' ? 0 : 5);
      if (mark === 'masked') assert.equal(shown, '[MASK]');
      if (mark === 'untouched' || mark === 'kept') assert.equal(shown, name);
      if (name === 'big' && mark !== 'untouched') assert.ok(probability > 0 && probability < 0.001);
    }
    assert.deepEqual(
      marked[0]!.predictions.slice(0, 2).map(({ name }) => name),
      ['paris', 'is'],
    );
    assert.equal(right, marked.filter(({ name }) => name === 'paris').length);
    const mean = marked.reduce((sum, { probability }) => sum - Math.log(probability), 0) / chosen;
    assert.ok(Math.abs(loss - mean) < 1e-9);
    const seen = tokens.map(({ shown }) => tokenizer.tokenToId(shown));
    assert.deepEqual([...asked[0]!.input.ids], seen);
  });

  it('has other masks for another seed, and the same for the same', async () => {
    const { model } = scriptedModel(config, tokenizer, says);
    const marks = async (seed: number): Promise<string> => {
      const { tokens } = await maskText(model, { model: '', text: TEXT, seed });
      return tokens.map(({ mark }) => mark).join();
    };
    assert.equal(await marks(3), await marks(3));
    assert.notEqual(await marks(3), await marks(4));
  });

  it('asks about more tokens than fit into a run, and masks whole words together', async () => {
    const { model, asked } = scriptedModel(config, tokenizer, says);
    const text = 'walking '.repeat(40).trim();
    const { tokens, chosen } = await maskText(model, {
      model: '',
      text,
      seed: 2,
      rate: 0.5,
      words: true,
      top: 1,
    });
    assert.ok(asked.length === Math.ceil(chosen / MOST_POSITIONS) && asked.length > 2);
    const isChosen = tokens.map(({ mark }) => mark !== 'untouched');
    for (let at = 1; at < tokens.length - 1; at += 2) assert.equal(isChosen[at], isChosen[at + 1]);
  });

  it('tells what of a long text had no room', async () => {
    const { model } = scriptedModel(smallEncoder('mlm'), tokenizer, says);
    const { tokens, cut } = await maskText(model, { model: '', text: 'a '.repeat(20), seed: 1 });
    assert.deepEqual([tokens.length, cut], [16, 6]);
  });

  it('refuses an empty text, and a model without the head for it', async () => {
    const { model } = scriptedModel(config, tokenizer, says);
    await assert.rejects(maskText(model, { model: '', text: ' \n', seed: 1 }), { code: 'usage' });
    const tagger = scriptedModel(smallEncoder('tag', { labels: ['O', 'X'] }), tokenizer, says);
    await assert.rejects(maskText(tagger.model, { model: '', text: 'a', seed: 1 }), {
      code: 'model',
      message: /^showing masks needs a model with the head mlm or mlm\+nsp/,
    });
  });
});
