/** Steps with products in 16 bits, emulated on `cpu`, against PyTorch's bfloat16 tensors and its roundings to float16. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Device } from '../../worker/runtime/device.ts';
import { openDevice } from '../../worker/runtime/open-device.ts';
import { gradientName } from '../../worker/training/gradients.ts';
import { nextTokenLoss, tokenFeeds } from '../../worker/training/objectives/next-token.ts';
import { TrainStep } from '../../worker/training/step.ts';
import { relativeError } from '../support/op-cases.ts';
import { randomWeights } from '../support/random-weights.ts';
import { askTorch, B, MODELS, randomBatch, T } from './decoder.ts';
import { OPTIMIZER } from './torch.ts';

const window = { batch: B, context: T };
const HALVES = ['bfloat16', 'float16'] as const;
const LOSS_SCALE = { bfloat16: 1, float16: 1024 };
/** Distance of two neighbouring values, as a share of them. */
const SPACING = { bfloat16: 2 ** -7, float16: 2 ** -10 };

for (const [title, config] of Object.entries(MODELS)) {
  const weights = randomWeights(config);
  const { ids, targets } = randomBatch(config, title);

  for (const precision of HALVES) {
    it(`${title} in ${precision}: loss, gradients and 10 steps as PyTorch's, which are not float32's`, async (t) => {
      const lossScale = LOSS_SCALE[precision];
      const expected = askTorch(config, { ids, targets, weights, precision, lossScale });
      const exact = askTorch(config, { ids, targets, weights });
      const { device } = await openDevice('cpu', { threads: 2 });
      t.after(() => device.close());
      const got = await train(device, precision);
      const spacing = SPACING[precision];
      const off = (losses: readonly number[], i: number): number =>
        Math.abs(losses[i]! - expected.losses[i]!);
      assert.ok(off(got.losses, 0) < spacing / 50, `the first loss is off by ${off(got.losses, 0)}`);
      assert.ok(
        off(exact.losses, 0) > spacing / 50,
        `that of float32 is off by ${off(exact.losses, 0)} only`,
      );

      // now and then a sum in another order rounds to the other side, and all that follows is a little different
      const errors = Object.entries(expected.gradients).map(([name, values]) => ({
        name,
        ours: relativeError(got.gradients.get(name)!, values),
        float32: relativeError(exact.gradients[name]!, values),
      }));
      for (const { name, ours } of errors) assert.ok(ours < 3 * spacing, `gradient of ${name}: ${ours}`);
      const total = (of: 'ours' | 'float32'): number => errors.reduce((sum, error) => sum + error[of], 0);
      const share = total('ours') / total('float32');
      t.diagnostic(`${share.toFixed(2)} of the distance of float32's gradients`);
      assert.ok(share < 0.7, `gradients are ${share} times as far as float32's`);

      for (let i = 1; i < OPTIMIZER.steps; i++) {
        assert.ok(off(got.losses, i) < spacing, `loss ${i} is off by ${off(got.losses, i)}`);
        const ratio = got.norms[i]! / expected.norms[i]!;
        assert.ok(Math.abs(ratio - 1) < 5 * spacing, `norm ${i} is ${ratio} times as large`);
      }
    });
  }

  async function train(
    device: Device,
    precision: (typeof HALVES)[number],
  ): Promise<{ losses: number[]; norms: number[]; gradients: Map<string, Float32Array> }> {
    const state = device.createState();
    const settings = {
      ...OPTIMIZER,
      accumulate: 1,
      recompute: false,
      seed: 0,
      decay: 'matrices',
      precision,
    } as const;
    const step = await TrainStep.create(device, state, nextTokenLoss(config, window), settings);
    for (const [name, { shape, data }] of weights) await state.write(name, { dtype: 'float32', shape, data });
    const losses: number[] = [];
    const norms: number[] = [];
    const gradients = new Map<string, Float32Array>();
    for (let i = 1; i <= OPTIMIZER.steps; i++) {
      const batches = [tokenFeeds({ inputs: ids, targets }, window)];
      const { loss, gradientNorm } = await step.run(
        i,
        OPTIMIZER.learningRate,
        batches,
        LOSS_SCALE[precision],
      );
      losses.push(loss);
      norms.push(gradientNorm);
      if (i > 1) continue;
      for (const name of weights.keys())
        gradients.set(
          name,
          (await state.float32(gradientName(name))).map((v) => v / LOSS_SCALE[precision]),
        );
    }
    return { losses, norms, gradients };
  }
}
