import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Device } from '../runtime/device.ts';
import { openDevice } from '../runtime/open-device.ts';
import { withHead } from './bert-config.ts';
import { type BertConfig, BertConfigSchema } from './config.ts';
import { encoderModel } from './encoder.ts';
import { encoderLoss, type EncoderLossOptions } from './encoder-losses.ts';
import { initialWeights } from './initialise.ts';

const config = BertConfigSchema.parse({
  vocab: 30,
  context: 8,
  layers: 1,
  width: 16,
  heads: 2,
  feedForward: 32,
});
const T = 4;

describe('an encoder', () => {
  let device: Device;
  before(async () => ({ device } = await openDevice('cpu', { threads: 1 })));
  after(() => device.close());

  /** The loss and scores of a new model over some feeds. */
  async function run(
    config: BertConfig,
    feeds: Record<string, Int32Array>,
    options: EncoderLossOptions = {},
  ): Promise<Record<string, Float32Array>> {
    const state = device.createState();
    for (const { name, shape, data } of initialWeights({ ...config, initRange: 0.3 }, 1)) {
      await state.write(name, { dtype: 'float32', shape, data });
    }
    const { loss, scores } = encoderLoss(encoderModel(config, feeds.ids!.length / T, T, false), options);
    const program = await device.compile({ name: 'loss', outputs: { loss, ...scores } }, state);
    const results = await program.run(feeds);
    return Object.fromEntries(
      Object.entries(results).map(([name, { data }]) => [name, data as Float32Array]),
    );
  }

  const tag = withHead(config, 'tag', ['a', 'b', 'c']);
  const text = {
    ids: Int32Array.of(2, 5, 6, 3, 2, 7, 3, 0),
    mask: Int32Array.of(1, 1, 1, 1, 1, 1, 1, 0),
    segments: new Int32Array(8),
  };

  it('has the feeds that it reads', () => {
    assert.deepEqual([...encoderModel(config, 2, T, true).graph.feeds.keys()], ['ids', 'mask', 'segments']);
    const roberta: BertConfig = { ...config, layout: 'roberta', segments: 1, residualDropout: 0.1 };
    assert.deepEqual(
      [...encoderModel(roberta, 2, T, true).graph.feeds.keys()],
      ['ids', 'mask', 'dropoutKey'],
    );
    assert.deepEqual([...encoderModel(roberta, 2, T, false).graph.feeds.keys()], ['ids', 'mask']);
  });

  it('does not see padding, whatever is there', async () => {
    const labels = Int32Array.of(0, 1, 2, 0, 1, 2, 0, -1);
    const first = await run(tag, { ...text, labels });
    const second = await run(tag, { ...text, ids: Int32Array.of(2, 5, 6, 3, 2, 7, 3, 29), labels });
    assert.deepEqual(first.logits!.slice(0, 21), second.logits!.slice(0, 21));
    assert.notDeepEqual(first.logits!.slice(21), second.logits!.slice(21));
    assert.deepEqual(first.loss, second.loss);
  });

  it('gives numbers for a sequence of padding alone, and for a batch with nothing to count', async () => {
    const empty = { ids: new Int32Array(8), mask: new Int32Array(8), segments: new Int32Array(8) };
    const results = await run(tag, { ...empty, labels: new Int32Array(8).fill(-1) });
    assert.ok(results.logits!.every(Number.isFinite));
    assert.deepEqual(
      [results.loss![0], results.total![0], results.count![0], results.correct![0]],
      [0, 0, 0, 0],
    );
  });

  it('counts each class as much as its weight says', async () => {
    const labels = Int32Array.of(0, 1, 2, 2, -1, -1, -1, -1);
    const { count } = await run(tag, { ...text, labels }, { classWeights: [1, 0.5, 0.25] });
    assert.equal(count![0], 2);
    for (const classWeights of [
      [1, 2],
      [1, 2, NaN],
      [1, 2, -1],
    ]) {
      await assert.rejects(run(tag, { ...text, labels }, { classWeights }), {
        code: 'model',
        message: /expected 3 class weights of 0 or more/,
      });
    }
  });

  it('is refused for more tokens than it has positions for', () => {
    assert.throws(() => encoderModel(config, 1, 9, false), {
      code: 'model',
      message: 'sequences of 9 tokens, but the model has 8 positions',
    });
  });

  it('without a head has no loss', () => {
    assert.throws(() => encoderLoss(encoderModel(config, 1, T, false)), {
      code: 'model',
      message: /no head/,
    });
  });
});
