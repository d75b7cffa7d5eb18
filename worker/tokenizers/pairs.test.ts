import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { bertTokenizer } from '../../test/support/bert.ts';
import { type HuggingFaceTokenizer, huggingFaceTokenizer } from '../../test/support/hugging-face.ts';
import { codeSamples } from '../../test/support/texts.ts';
import { trainBpe } from './bpe-trainer.ts';
import type { BpeTokenizer } from './bpe.ts';
import { encoderSpecials, framePair, specialCount } from './pairs.ts';
import { toTokenizerJson } from './tokenizer-json.ts';
import { ROBERTA_SPECIAL } from './tokenizer.ts';
import type { WordPieceTokenizer } from './wordpiece.ts';

const bertIds = { frame: 'bert', cls: 101, sep: 102 } as const;
const robertaIds = { frame: 'roberta', cls: 0, sep: 2 } as const;
const tokens = (length: number, first: number): Int32Array =>
  Int32Array.from({ length }, (_, i) => first + i);

/** BERT's own loop: one token of the longer text at a time. */
function truncated(a: number, b: number, room: number): [number, number] {
  while (a + b > room) {
    if (a > b) a--;
    else b--;
  }
  return [a, b];
}

describe('framing texts for an encoder', () => {
  let bert: WordPieceTokenizer;
  let bertPeer: HuggingFaceTokenizer;
  let roberta: BpeTokenizer;
  let robertaPeer: HuggingFaceTokenizer;
  before(async () => {
    bert = await bertTokenizer();
    bertPeer = await huggingFaceTokenizer(toTokenizerJson(bert));
    const trained = await trainBpe({
      texts: codeSamples(),
      vocabSize: 600,
      specialTokens: Object.values(ROBERTA_SPECIAL),
    });
    roberta = trained.tokenizer;
    robertaPeer = await huggingFaceTokenizer(toTokenizerJson(roberta));
  });

  it('frames as @huggingface/tokenizers does', () => {
    const cases = [
      { tokenizer: bert, peer: bertPeer, segmented: true },
      { tokenizer: roberta, peer: robertaPeer, segmented: false },
    ];
    for (const { tokenizer, peer, segmented } of cases) {
      const special = encoderSpecials(tokenizer);
      const [a, b] = ['return the value', 'a second text, longer'];
      const one = framePair(special, tokenizer.encode(a), undefined, 100);
      assert.deepEqual([...one.ids], peer.encode(a).ids);
      assert.ok(one.segments.every((segment) => segment === 0));
      const two = framePair(special, tokenizer.encode(a), tokenizer.encode(b), 100);
      const theirs = peer.encode(a, { text_pair: b, return_token_type_ids: true });
      assert.deepEqual([...two.ids], theirs.ids);
      if (segmented) assert.deepEqual([...two.segments], theirs.token_type_ids);
      else assert.ok(two.segments.every((segment) => segment === 0));
      assert.deepEqual(two.ids.subarray(two.a.start, two.a.start + two.a.length), tokenizer.encode(a));
      assert.deepEqual(two.ids.subarray(two.b!.start, two.b!.start + two.b!.length), tokenizer.encode(b));
      assert.equal(two.ids.length - two.a.length - two.b!.length, specialCount(special, true));
      assert.equal(one.ids.length - one.a.length, specialCount(special, false));
    }
  });

  it('takes tokens from the longer text, as BERT does', () => {
    for (let a = 0; a < 12; a++) {
      for (let b = 0; b < 12; b++) {
        for (let room = 0; room < 24; room++) {
          const pair = framePair(bertIds, tokens(a, 200), tokens(b, 300), room + 3);
          assert.deepEqual([pair.a.length, pair.b!.length], truncated(a, b, room));
          assert.equal(pair.cut, a + b - pair.a.length - pair.b!.length);
          assert.equal(pair.ids.length, pair.segments.length);
        }
      }
    }
    const { ids, segments } = framePair(robertaIds, tokens(4, 10), tokens(2, 20), 8);
    assert.deepEqual([...ids], [0, 10, 11, 2, 2, 20, 21, 2]);
    assert.deepEqual([...segments], new Array(8).fill(0));
    assert.deepEqual([...framePair(bertIds, tokens(9, 10), undefined, 4).ids], [101, 10, 11, 102]);
  });

  it('says that special tokens alone are too many', () => {
    assert.throws(() => framePair(bertIds, tokens(1, 5), tokens(1, 5), 2), {
      code: 'usage',
      message: /take 3 tokens, more than the 2/,
    });
  });

  it('finds the special tokens of BERT and RoBERTa', () => {
    assert.deepEqual(encoderSpecials(bert), { ...bertIds, pad: 0, mask: 103, unk: 100 });
    assert.deepEqual(encoderSpecials(roberta), {
      frame: 'roberta',
      pad: 595,
      unk: 596,
      cls: 597,
      sep: 598,
      mask: 599,
    });
  });

  it('names the special token that a vocabulary lacks', async () => {
    const without = (missing: string) => ({
      tokenToId: (token: string) => (token === missing ? undefined : bert.tokenToId(token)),
    });
    for (const token of ['[MASK]', '[CLS]', '[PAD]']) {
      assert.throws(() => encoderSpecials(without(token)), {
        code: 'tokenizer',
        message: `a vocabulary without ${token}`,
      });
    }
    const { tokenizer } = await trainBpe({ texts: ['text'], vocabSize: 261 });
    assert.throws(() => encoderSpecials(tokenizer), { code: 'tokenizer', message: /without \[CLS\]/ });
  });
});
