/** Decoders of several shapes against a plain PyTorch one: logits, every gradient, AdamW with clipping and decay groups. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sequenceModel } from '../../worker/models/sequence.ts';
import type { Device } from '../../worker/runtime/device.ts';
import { openDevice } from '../../worker/runtime/open-device.ts';
import type { DeviceState } from '../../worker/runtime/state.ts';
import { gradientName } from '../../worker/training/gradients.ts';
import { nextTokenLoss, tokenFeeds } from '../../worker/training/objectives/next-token.ts';
import { TrainStep } from '../../worker/training/step.ts';
import { relativeError } from '../support/op-cases.ts';
import { randomWeights } from '../support/random-weights.ts';
import { askTorch, B, MODELS, randomBatch, T, type TorchAnswer } from './decoder.ts';
import { OPTIMIZER } from './torch.ts';

const window = { batch: B, context: T };

for (const [title, config] of Object.entries(MODELS)) {
  describe(`${title}, as PyTorch computes it`, () => {
    const weights = randomWeights(config);
    const { ids, targets } = randomBatch(config, title);
    let device: Device;
    let state: DeviceState;
    let expected: TorchAnswer;

    before(async () => {
      expected = askTorch(config, { ids, targets, weights });
      ({ device } = await openDevice('cpu', { threads: 2 }));
      state = device.createState();
    });
    after(() => device.close());

    it('logits, every gradient, and 10 AdamW steps agree', async () => {
      const step = await TrainStep.create(device, state, nextTokenLoss(config, window), {
        ...OPTIMIZER,
        accumulate: 1,
        recompute: false,
        seed: 0,
        decay: 'matrices',
      });
      for (const [name, { shape, data }] of weights)
        await state.write(name, { dtype: 'float32', shape, data });

      const { logits } = sequenceModel(config, B, T, false);
      const forward = await device.compile({ name: 'logits', outputs: { logits } }, state);
      const got = (await forward.run({ ids })).logits!.data as Float32Array;
      const worst = expected.logits.reduce((max, v, i) => Math.max(max, Math.abs(v - got[i]!)), 0);
      assert.ok(worst < 1e-5, `logits differ by ${worst}`);

      for (let i = 0; i < OPTIMIZER.steps; i++) {
        const result = await step.run(i + 1, OPTIMIZER.learningRate, [
          tokenFeeds({ inputs: ids, targets }, window),
        ]);
        assert.ok(
          Math.abs(result.loss - expected.losses[i]!) < 2e-5,
          `loss ${i}: ${result.loss}, expected ${expected.losses[i]!}`,
        );
        assert.ok(Math.abs(result.gradientNorm / expected.norms[i]! - 1) < 1e-4, `gradient norm ${i}`);
        if (i > 0) continue;
        for (const [name, values] of Object.entries(expected.gradients)) {
          const error = relativeError(state.view(gradientName(name)) as Float32Array, values);
          assert.ok(error < 1e-4, `gradient of ${name}: relative error ${error}`);
        }
      }
      for (const [name, values] of Object.entries(expected.weights)) {
        const error = relativeError(state.view(name) as Float32Array, values);
        // Adam turns the rounding noise of a key bias, whose gradient is zero, into steps of its own
        if (!/(c_attn|k_proj)\.bias$/.test(name))
          assert.ok(error < 1e-3, `${name} after the last step: relative error ${error}`);
      }
    });
  });
}
