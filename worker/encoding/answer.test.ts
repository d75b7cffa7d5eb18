import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answer } from './answer.ts';
import { scriptedModel, smallEncoder, wordPieces } from './test-support.ts';

const pieces = wordPieces(['who', 'ada', 'love', '##lace', 'wrote', 'it', '.', '?'], 60);

/** Finds `ada` as the beginning and `##lace` as the end; a [CLS] scores `none`. */
const finder = (none = 0) =>
  scriptedModel(smallEncoder('answer'), pieces, ({ ids }) => {
    const score = (token: string): Float32Array =>
      Float32Array.from(ids, (id, at) => (at === 0 ? none : pieces.idToToken(id) === token ? 5 : -1));
    return { start: score('ada'), end: score('##lace') };
  });

describe('answer', () => {
  const context = 'It wrote it. ADA   Lovelace wrote it.';

  it('finds the span that answers, and the next best', async () => {
    const found = await answer(finder().model, { question: 'Who wrote?', context }, { top: 3 });
    const { text, start, end, score } = found.answer!;
    assert.deepEqual([text, score], ['ADA   Lovelace', 10]);
    assert.equal(context.slice(start, end), text);
    assert.equal(found.spans.length, 3);
    assert.deepEqual(found.spans[0], found.answer);
    assert.equal(found.spans[1]!.score, 4);
    assert.equal(found.noAnswerScore, 0);
    assert.equal(found.windows, 1);
    const shares = found.spans.reduce((sum, span) => sum + span.probability, found.noAnswerProbability);
    assert.ok(shares < 1);
    const one = await answer(finder().model, { question: 'Who wrote?', context }, { top: 1 });
    assert.deepEqual(one.spans, found.spans.slice(0, 1)); // whose share is no greater for being shown alone
  });

  it('takes the words whole that a span begins or ends in', async () => {
    const { model } = scriptedModel(smallEncoder('answer'), pieces, ({ ids }) => {
      const isPiece = Float32Array.from(ids, (id) => (pieces.idToToken(id) === 'love' ? 5 : -1));
      return { start: isPiece, end: isPiece };
    });
    const found = await answer(model, { question: 'who', context });
    assert.equal(found.answer?.text, 'Lovelace');
    const chinese = await answer(model, { question: 'who', context: '他love在北京' });
    assert.equal(chinese.answer?.text, 'love'); // no blanks: where a word ends is not known
    const places = found.spans.map(({ start, end }) => `${start}-${end}`);
    assert.equal(new Set(places).size, places.length);
  });

  it('says that there is none where that scores higher, by the threshold', async () => {
    const unsure = finder(6).model;
    assert.equal((await answer(unsure, { question: 'who', context })).answer, undefined);
    const bold = await answer(unsure, { question: 'who', context }, { threshold: 3 });
    assert.equal(bold.answer?.text, 'ADA   Lovelace');
  });

  it('keeps answers short', async () => {
    const { answer: found } = await answer(finder().model, { question: 'who', context }, { maxAnswer: 2 });
    assert.ok(found!.score < 10);
  });

  it('reads a long context in windows that overlap', async () => {
    const { model, asked } = finder();
    const long = `${'it wrote it. '.repeat(20)}Ada Lovelace ${'it wrote it. '.repeat(20)}`;
    const found = await answer(model, { question: 'Who wrote it?', context: long });
    assert.equal(found.answer?.text, 'Ada Lovelace');
    assert.equal(found.answer.start, 20 * 13);
    assert.equal(found.windows, asked.length);
    assert.ok(found.windows > 10);
    assert.ok(asked.every(({ input }) => input.ids.length <= 16));
  });

  it('refuses an empty question or context, and a model without the head for it', async () => {
    await assert.rejects(answer(finder().model, { question: ' ', context }), /expected a question/);
    await assert.rejects(answer(finder().model, { question: 'who', context: '' }), { code: 'usage' });
    const { model } = scriptedModel(smallEncoder('none'), pieces, () => ({}));
    await assert.rejects(answer(model, { question: 'who', context }), {
      code: 'model',
      message: 'answering needs a model with the head answer, got a model without a head',
    });
  });
});
