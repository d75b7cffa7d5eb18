/** Classes, vectors and words in context, with a tiny model that has real weights. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Device } from '../runtime/device.ts';
import { openDevice } from '../runtime/open-device.ts';
import { classify } from './classify.ts';
import { embed, similar } from './embed.ts';
import { polysemy } from './polysemy.ts';
import { largest, softmax } from './probabilities.ts';
import { type ReadingModel, readingModel } from './reading-model.ts';
import { fixtureEncoder, wordPieces } from './test-support.ts';

const pieces = wordPieces(['bank', '##s', 'river', 'the', 'of', 'money', '.', 'in']);

describe('texts', () => {
  let device: Device;
  let bert: ReadingModel;
  before(async () => {
    ({ device } = await openDevice('cpu', { threads: 1 }));
    bert = readingModel(await fixtureEncoder(device, 'bert'), pieces);
  });
  after(() => device.close());

  const row = (all: Float32Array, i: number, width: number): Float32Array =>
    all.subarray(i * width, (i + 1) * width);
  const closeTo = (got: number, expected: number): void =>
    assert.ok(Math.abs(got - expected) < 1e-5, `${got}, expected ${expected}`);

  const cosine = (a: Float32Array, b: Float32Array): number =>
    a.reduce((sum, value, i) => sum + value * b[i]!, 0) / Math.hypot(...a) / Math.hypot(...b);

  it('are classified, alone and in pairs', async () => {
    const encoder = await fixtureEncoder(device, 'bert/sequence_classification');
    const model = readingModel(encoder, pieces);
    const texts = [
      { text: 'the river' },
      { text: 'the river', pair: 'the bank' },
      { text: 'bank '.repeat(99) },
    ];
    const results = await classify(model, texts);
    const ids = (...tokens: string[]): Int32Array =>
      Int32Array.from(tokens, (token) => pieces.tokenToId(token)!);
    const framed = ids('[CLS]', 'the', 'river', '[SEP]', 'the', 'bank', '[SEP]');
    const pair = { ids: framed, segments: Int32Array.of(0, 0, 0, 0, 1, 1, 1) };
    const [logits] = await encoder.ask('classes', [pair], ({ logits: own }) => own!.slice());
    const probabilities = softmax(logits!);
    const best = probabilities.indexOf(Math.max(...probabilities));
    assert.equal(results[1]!.label, `LABEL_${best}`);
    closeTo(results[1]!.probability, probabilities[best]!);
    assert.notEqual(results[0]!.probability, results[1]!.probability);
    for (const { labels, label } of results) {
      assert.equal(labels.length, 3);
      assert.equal(labels[0]!.label, label);
      closeTo(
        labels.reduce((sum, { probability }) => sum + probability, 0),
        1,
      );
    }
    assert.deepEqual(
      results.map(({ cut }) => cut),
      [0, 0, 99 - 62],
    );
    await assert.rejects(classify(model, [{ text: '' }]), { code: 'usage' });
    await assert.rejects(classify(bert, texts), { code: 'model', hint: /cloze fill-mask/ });
  });

  it('are embedded: the first token or the mean of all, of length 1 if asked', async () => {
    const texts = ['the bank', 'money in the bank of the river .'];
    const mean = await embed(bert, texts);
    const cls = await embed(bert, texts, { pooling: 'cls' });
    const unit = await embed(bert, texts, { normalize: true });
    assert.deepEqual([mean.width, mean.vectors.length, mean.cut], [48, 96, [0, 0]]);
    for (const i of texts.keys()) {
      const length = Math.hypot(...row(mean.vectors, i, 48));
      closeTo(Math.hypot(...row(unit.vectors, i, 48)), 1);
      closeTo(row(unit.vectors, i, 48)[5]!, row(mean.vectors, i, 48)[5]! / length);
    }
    assert.notDeepEqual(mean.vectors, cls.vectors);
    assert.deepEqual((await embed(bert, ['bank '.repeat(70)])).cut, [8]);
    await assert.rejects(embed(bert, ['a', ' ']), { code: 'usage' });
  });

  it('are ranked by likeness', async () => {
    const texts = ['money in the bank', 'of', 'the river', 'river . river'];
    const found = await similar(bert, 'the river', texts, { top: 3 });
    assert.equal(found.length, 3);
    assert.deepEqual([found[0]!.index, found[0]!.text], [2, 'the river']);
    closeTo(found[0]!.similarity, 1);
    const { vectors } = await embed(bert, ['the river', texts[found[1]!.index]!]);
    closeTo(found[1]!.similarity, cosine(row(vectors, 0, 48), row(vectors, 1, 48)));
    assert.ok(found[1]!.similarity >= found[2]!.similarity);
  });

  it('show a word that is the same by itself and differs by its sentence', async () => {
    const sentences = [
      'the river banks .',
      'Money in the Banks',
      'the river banks .',
      `${'the '.repeat(80)}banks`,
    ];
    const { similarities, layers, occurrences } = await polysemy(bert, 'banks', sentences);
    assert.equal(layers, 3);
    const at = (layer: number, i: number, j: number): number => similarities[(layer * 4 + i) * 4 + j]!;
    for (let i = 0; i < 4; i++)
      for (let j = 0; j < 4; j++) {
        closeTo(at(0, i, j), 1);
        for (const layer of [1, 2]) closeTo(at(layer, i, j), at(layer, j, i));
      }
    for (const layer of [1, 2]) {
      closeTo(at(layer, 0, 2), 1);
      assert.ok(at(layer, 0, 1) < 0.99, `${at(layer, 0, 1)}`);
    }
    assert.deepEqual(
      occurrences.map(({ start, end }, i) => sentences[i]!.slice(start, end)),
      ['banks', 'Banks', 'banks', 'banks'],
    );
    assert.deepEqual(occurrences[1]!.tokens, ['bank', '##s']);
    const ids = [2, ...pieces.encode('the river banks .'), 3];
    const input = { ids: Int32Array.from(ids), segments: new Int32Array(ids.length), positions: [3, 4] };
    const other = [2, ...pieces.encode('money in the banks'), 3];
    const means = await bert.encoder.ask(
      'layers',
      [input, { ...input, ids: Int32Array.from(other), positions: [4, 5] }],
      ({ 'layer-2': rows }) => row(rows!, 0, 48).map((value, i) => (value + rows![48 + i]!) / 2),
    );
    closeTo(at(2, 0, 1), cosine(means[0]!, means[1]!));
  });

  it('do not have a word that is only part of another, and say so', async () => {
    const missing = polysemy(bert, 'bank', ['the bank', 'the banks']);
    await assert.rejects(missing, {
      code: 'usage',
      message: "the word 'bank' is not in sentence 2: the banks",
    });
    await assert.rejects(polysemy(bert, 'bank', ['the bank']), { code: 'usage' });
    await assert.rejects(polysemy(bert, '', ['a', 'b']), { code: 'usage' });
    await assert.rejects(polysemy(bert, 'the.', ['the.', 'thee']), { code: 'usage' });
  });
});

describe('largest', () => {
  it('are in order, the first of equals first', () => {
    assert.deepEqual(largest([1, 5, 2, 5, 4], 3), [1, 3, 4]);
    assert.deepEqual(largest([3, 2], 5), [0, 1]);
    assert.deepEqual(
      largest([3, 2, 9], 2, (i) => i !== 2),
      [0, 1],
    );
  });
});
