import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type BertConfig, BertConfigSchema } from '../models/config.ts';
import { encoderModel } from '../models/encoder.ts';
import { initialWeights } from '../models/initialise.ts';
import { saveModel } from '../models/load.ts';
import type { Device } from '../runtime/device.ts';
import { openDevice } from '../runtime/open-device.ts';
import type { DeviceState } from '../runtime/state.ts';
import { UNCASED } from '../tokenizers/bert-normalizer.ts';
import { BERT_SPECIAL } from '../tokenizers/tokenizer.ts';
import { toTokenizerJson } from '../tokenizers/tokenizer-json.ts';
import { BERT_MODEL } from '../tokenizers/wordpiece-model.ts';
import { WordPieceTokenizer } from '../tokenizers/wordpiece.ts';
import { type InspectedModel, openInspected } from './model.ts';

const PIECES = [...Object.values(BERT_SPECIAL), 'un', '##aff', '##able', 'the', 'bank', 'river', 'of'];
const tokenizer = new WordPieceTokenizer({
  ...BERT_MODEL,
  vocab: new Map(PIECES.map((piece, id) => [piece, id])),
  addedTokens: Object.values(BERT_SPECIAL).map((content, id) => ({ id, content, special: true })),
  normalizer: UNCASED,
});
const config = BertConfigSchema.parse({
  ...{ layout: 'bert', vocab: PIECES.length, context: 24, segments: 2, layers: 2, width: 16, heads: 2 },
  ...{ feedForward: 32, head: 'mlm', pooler: false, initRange: 0.7, padId: 0 },
});

describe('an encoder that is inspected', () => {
  let device: Device;
  let folder: string;
  let state: DeviceState;
  let model: InspectedModel;

  before(async () => {
    ({ device } = await openDevice('cpu', { threads: 1 }));
    folder = mkdtempSync(join(tmpdir(), 'cloze-encoder-'));
    model = await open('mlm', config);
  });
  after(async () => {
    await device.close();
    rmSync(folder, { recursive: true });
  });

  async function open(name: string, saved: BertConfig): Promise<InspectedModel> {
    state = device.createState();
    for (const { name: parameter, shape, data } of initialWeights(saved, 1))
      await state.write(parameter, { dtype: 'float32', shape, data });
    const files = { 'tokenizer.json': JSON.stringify(toTokenizerJson(tokenizer)) };
    await saveModel(join(folder, name), { config: saved, state, tokenizer, specialIds: {}, files });
    return openInspected(join(folder, name), device);
  }

  it('frames a text, and names its pieces', async () => {
    const { tokens, causal, pairs, predicts, total } = await model.attention({ text: 'Unaffable bank' });
    assert.deepEqual(
      tokens.map(({ text }) => text),
      ['[CLS]', 'un', '##aff', '##able', 'bank', '[SEP]'],
    );
    assert.deepEqual(
      tokens.map(({ special }) => special),
      [true, false, false, false, false, true],
    );
    assert.deepEqual([tokens[2]!.start, tokens[2]!.end], [2, 5]);
    assert.deepEqual([causal, pairs, predicts, total], [false, true, true, 6]);
  });

  it('frames a pair, and says what was cut off', async () => {
    const { tokens } = await model.attention({ text: 'the bank', second: 'river' });
    assert.deepEqual(
      tokens.map(({ text, segment }) => `${text} ${segment}`),
      ['[CLS] 0', 'the 0', 'bank 0', '[SEP] 0', 'river 1', '[SEP] 1'],
    );
    const long = await model.attention({ text: 'the '.repeat(30), second: 'river' });
    assert.deepEqual([long.tokens.length, long.total], [24, 34]);
  });

  it('gives the weights that a graph of just this length gives: padding changes nothing', async () => {
    const { tokens, weights } = await model.attention({ text: 'the bank', second: 'of the river' });
    const size = tokens.length;
    const { scope } = encoderModel(config, 1, size, false);
    const probes = [...scope.probes].filter(([name]) => name.endsWith('weights'));
    assert.equal(probes.length, 2);
    const program = await device.compile({ name: 'exact', outputs: Object.fromEntries(probes) }, state);
    const results = await program.run({
      ids: Int32Array.from(tokens, ({ id }) => id),
      segments: Int32Array.from(tokens, ({ segment }) => segment),
      mask: new Int32Array(size).fill(1),
    });
    const exact = probes.flatMap(([name]) => Array.from(results[name]!.data as Float32Array));
    assert.equal(exact.length, weights.length);
    exact.forEach((value, i) => assert.ok(Math.abs(value - weights[i]!) < 1e-6));
    for (let row = 0; row < 4 * size; row++) {
      const sum = weights.subarray(row * size, (row + 1) * size).reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(sum - 1) < 1e-5);
    }
  });

  it('sees the mask in the place of a token', async () => {
    const text = 'the bank of the river';
    const [seen, masked] = [await model.attention({ text }), await model.attention({ text, masked: [2] })];
    assert.equal(masked.tokens[2]!.text, '[MASK]');
    assert.equal(masked.tokens[2]!.id, PIECES.indexOf('[MASK]'));
    assert.notDeepEqual(masked.weights, seen.weights);
  });

  it('predicts what stands at a place, otherwise where it is masked', async () => {
    const place = { text: 'the bank of the river', position: 2, count: PIECES.length };
    const [seen, masked] = [await model.predict(place), await model.predict({ ...place, masked: [2] })];
    const sum = masked.reduce((all, { probability }) => all + probability, 0);
    assert.ok(Math.abs(sum - 1) < 1e-5);
    assert.deepEqual(new Set(masked.map(({ text }) => text)), new Set(PIECES));
    masked.slice(1).forEach(({ probability }, i) => assert.ok(probability <= masked[i]!.probability));
    assert.notDeepEqual(seen, masked);
  });

  it('predicts and masks no special token, and nothing outside', async () => {
    const text = 'the bank';
    for (const position of [0, 3, 4])
      await assert.rejects(model.predict({ text, position, count: 1 }), { code: 'usage' });
    await assert.rejects(model.attention({ text, masked: [0] }), { code: 'usage' });
  });

  it('without a head for masked tokens predicts nothing', async () => {
    const bare = await open('bare', { ...config, head: 'none' });
    assert.equal((await bare.attention({ text: 'the' })).predicts, false);
    await assert.rejects(bare.predict({ text: 'the', position: 1, count: 1 }), {
      code: 'usage',
      message: /none/,
    });
  });
});
