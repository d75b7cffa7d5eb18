import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClozeError } from '../../base/errors.ts';
import { range } from '../test-support.ts';
import { answerFeeds, answerPlace, questionWindows } from './question-features.ts';
import { tagFeatures, tagFeeds } from './tag-features.ts';
import { testEncoding } from './test-support.ts';
import { classifyFeeds, textFeatures } from './text-features.ts';

const [CLS, SEP, PAD] = [2, 3, 0];
const id = (piece: string): number => testEncoding(9).tokenizer.encode(piece)[0]!;

describe('textFeatures', () => {
  it('frames a text or a pair, and says what it cut', () => {
    const one = textFeatures({ text: 'ab cd' }, testEncoding(8));
    assert.deepEqual(
      [[...one.ids], [...one.segments], one.cut],
      [[CLS, id('ab'), id('cd'), SEP], [0, 0, 0, 0], 0],
    );
    const pair = textFeatures({ text: 'ab cd ef gh', pair: 'ij' }, testEncoding(6));
    assert.deepEqual([...pair.ids], [CLS, id('ab'), id('cd'), SEP, id('ij'), SEP]);
    assert.deepEqual([...pair.segments], [0, 0, 0, 0, 1, 1]);
    assert.equal(pair.cut, 2);
  });

  it('goes into batches with padding, and labels of -1 for what is missing', () => {
    const features = ['ab', 'ab cd'].map((text) => textFeatures({ text }, testEncoding(8)));
    const feeds = classifyFeeds(features, [1, 0], { batch: 3, context: 4 }, PAD);
    assert.deepEqual(
      [...feeds.ids],
      [CLS, id('ab'), SEP, PAD, CLS, id('ab'), id('cd'), SEP, PAD, PAD, PAD, PAD],
    );
    assert.deepEqual([...feeds.mask], [1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 0, 0]);
    assert.deepEqual([...feeds.labels], [1, 0, -1]);
  });
});

describe('tagFeatures', () => {
  it('places a word at its first piece', () => {
    const features = tagFeatures(['abcde', ' ', 'fg'], testEncoding(10));
    assert.deepEqual([...features.ids], [CLS, id('ab'), id('cd'), id('e'), id('fg'), SEP]);
    assert.deepEqual([...features.firstPieces], [1, -1, 4]);
    assert.equal(features.cutWords, 0);
    const { labels } = tagFeeds([features], [[7, 8, 9]], { batch: 2, context: 6 }, PAD);
    assert.deepEqual([...labels], [-1, 7, -1, -1, 9, -1, ...range(0, 6).fill(-1)]);
  });

  it('counts the words beyond the length of the model', () => {
    const features = tagFeatures(['abcd', 'efgh', 'ij', 'kl'], testEncoding(5));
    assert.deepEqual([...features.ids], [CLS, id('ab'), id('cd'), id('ef'), SEP]);
    assert.deepEqual([...features.firstPieces], [1, 3, -1, -1]);
    assert.equal(features.cutWords, 2);
  });

  it('puts a blank before words on request', () => {
    const seen: string[] = [];
    const encoding = testEncoding(9);
    const encode = (text: string): Int32Array => {
      seen.push(text);
      return encoding.tokenizer.encode(text);
    };
    tagFeatures(['ab', 'cd'], { ...encoding, tokenizer: { ...encoding.tokenizer, encode } }, ' ');
    assert.deepEqual(seen, [' ab', ' cd']);
  });
});

describe('questionWindows', () => {
  const context = 'aa bb cc dd ee ff gg';
  const options = { ...testEncoding(8), stride: 2, maxQuestion: 1 };

  it('overlap, cover the context, and know where their tokens stand', () => {
    const windows = questionWindows({ question: 'xx yy', context }, options);
    const texts = windows.map(({ starts, ends }) =>
      Array.from(starts, (start, i) => context.slice(start, ends[i])),
    );
    assert.deepEqual(texts, [
      ['aa', 'bb', 'cc', 'dd'],
      ['cc', 'dd', 'ee', 'ff'],
      ['ee', 'ff', 'gg'],
    ]);
    for (const [i, { ids, segments, first }] of windows.entries()) {
      assert.deepEqual([...ids], [CLS, id('xx'), SEP, ...texts[i]!.map(id), SEP]);
      assert.equal(first, 3);
      assert.deepEqual(
        [...segments],
        [...ids].map((_, t) => (t >= 3 ? 1 : 0)),
      );
    }
  });

  it('skip nothing when the stride is longer than a window', () => {
    const windows = questionWindows({ question: 'xx', context }, { ...options, stride: 100 });
    assert.deepEqual(
      windows.map(({ starts }) => starts.length),
      [4, 3],
    );
    assert.equal(questionWindows({ question: 'xx', context: '' }, options).length, 1);
  });

  it('place the answer where they hold all of it, else at [CLS]', () => {
    const windows = questionWindows({ question: 'xx', context }, options);
    const places = (text: string) =>
      windows.map((window) => Object.values(answerPlace(window, { text, start: context.indexOf(text) })));
    assert.deepEqual(places('dd'), [
      [6, 6],
      [4, 4],
      [0, 0],
    ]);
    assert.deepEqual(places('dd ee'), [
      [0, 0],
      [4, 5],
      [0, 0],
    ]);
    assert.deepEqual(places('bb cc dd ee ff'), [
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    assert.deepEqual(places('d ee f'), [
      [0, 0],
      [4, 6],
      [0, 0],
    ]);
    assert.deepEqual(answerPlace(windows[0]!, undefined), { start: 0, end: 0 });
    const [joined] = questionWindows({ question: 'xx', context: 'aabbcc' }, options);
    assert.deepEqual(answerPlace(joined!, { text: 'bb', start: 2 }), { start: 4, end: 4 });
    const feeds = answerFeeds(windows.slice(0, 1), [{ start: 4, end: 5 }], { batch: 2, context: 8 }, PAD);
    assert.deepEqual([...feeds.starts, ...feeds.ends], [4, -1, 5, -1]);
  });

  it('need room beside the question', () => {
    assert.throws(
      () => questionWindows({ question: 'xx yy zz vv ww', context }, { ...options, maxQuestion: 5 }),
      (error) =>
        error instanceof ClozeError &&
        error.code === 'data' &&
        error.message.includes('5 tokens leaves no room'),
    );
  });
});
