import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { floats, int64, openSession } from '../../../test/support/onnx-reader.ts';
import { randomWeights } from '../../../test/support/random-weights.ts';
import { B, randomFeeds, T, TINY_ENCODERS } from '../../../test/support/tiny-encoders.ts';
import { Random } from '../../base/random.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { type BertConfig, withHead } from '../../models/bert-config.ts';
import { type EncoderModel, encoderModel } from '../../models/encoder.ts';
import { encoderLoss } from '../../models/encoder-losses.ts';
import type { Device } from '../../runtime/device.ts';
import { openDevice } from '../../runtime/open-device.ts';
import { openEncoder } from './encoder.ts';
import { writeOnnxFile } from './file.ts';
import { openModelBytes } from './open-model.ts';

/** The outputs of an encoder as Cloze computes them itself, under the names of the written model's. */
function ownOutputs(model: EncoderModel): Record<string, Tensor> {
  if (model.config.head === 'none') return { last_hidden_state: model.hidden };
  const { scores } = encoderLoss(model);
  if (model.config.head === 'answer') return { start_logits: scores.start!, end_logits: scores.end! };
  return { logits: scores.logits! };
}

describe('an encoder as ONNX gives what it gives here', () => {
  let device: Device;
  let folder: string;
  before(async () => {
    ({ device } = await openDevice('cpu', { threads: 1 }));
    folder = mkdtempSync(join(tmpdir(), 'cloze-encoder-'));
  });
  after(async () => {
    await device.close();
    rmSync(folder, { recursive: true });
  });

  const stacks = Object.entries(TINY_ENCODERS).map(([name, { config }]): [string, BertConfig] => [
    `${name}, without a head`,
    withHead(config, 'none'),
  ]);
  const heads = Object.entries(TINY_ENCODERS)
    .map(([name, { config }]): [string, BertConfig] => [name, config])
    .filter(([, { head }]) => !head.startsWith('mlm')); // these are compared with Hugging Face's in test/parity
  for (const [name, config] of [...heads, ...stacks]) {
    it(name, async () => {
      const weights = randomWeights(config);
      const state = device.createState();
      for (const [key, { shape, data }] of weights) state.share(key, { dtype: 'float32', shape, data });
      const feeds = randomFeeds(config, new Random(5, name));
      const outputs = ownOutputs(encoderModel(config, B, T, false));
      const own = await (await device.compile({ name: 'own', outputs }, state)).run(feeds);

      const path = join(folder, 'model.onnx');
      await writeOnnxFile(path, openModelBytes(openEncoder(config)), (key) => [
        Float32Array.from(weights.get(key)!.data),
      ]);
      const session = await openSession(path);
      const rows = (ids: Int32Array): number[][] =>
        Array.from({ length: B }, (_, row) => Array.from(ids.subarray(row * T, (row + 1) * T)));
      const inputs = { input_ids: feeds.ids, attention_mask: feeds.mask, token_type_ids: feeds.segments };
      const got = await session.run(
        Object.fromEntries(
          Object.entries(inputs).flatMap(([key, ids]) =>
            ids === undefined ? [] : [[key, int64(rows(ids))]],
          ),
        ),
      );
      assert.deepEqual(Object.keys(got), Object.keys(own));
      for (const [key, { data }] of Object.entries(own)) {
        const worst = floats(got[key]).reduce(
          (most, value, i) => Math.max(most, Math.abs(value - Number(data[i]))),
          0,
        );
        assert.ok(worst < 2e-5, `${key} differs by ${worst}`);
      }
    });
  }
});
