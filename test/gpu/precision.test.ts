/** float16 on a GPU: its losses where the adapter has shader-f16 (SwiftShader has not), a clear refusal where it has not. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { GptConfigSchema } from '../../worker/models/config.ts';
import { encoderModel } from '../../worker/models/encoder.ts';
import { encoderLoss } from '../../worker/models/encoder-losses.ts';
import { parameterShapes } from '../../worker/models/layout.ts';
import type { Device } from '../../worker/runtime/device.ts';
import { openDevice } from '../../worker/runtime/open-device.ts';
import { checkArithmetic } from '../../worker/runtime/trial.ts';
import { startTraining } from '../../worker/services/train.ts';
import { compileGradients } from '../../worker/training/gradients.ts';
import type { LossSource } from '../../worker/training/objective.ts';
import { nextTokenLoss } from '../../worker/training/objectives/next-token.ts';
import { metricsOf, tinyRun, workplace } from '../process/training.ts';
import { B, P, T, TINY_ENCODERS } from '../support/tiny-encoders.ts';

const STEPS = 10;
const TINY = {
  ...{ vocab: 53, context: 16, layers: 2, width: 24 },
  ...{ heads: 4, kvHeads: 4, headWidth: 6, feedForward: 48 },
};

/** Losses that have every op of training in them. */
function sources(): Record<string, LossSource> {
  const gpt = (fields: object): LossSource =>
    nextTokenLoss(GptConfigSchema.parse({ ...TINY, ...fields }), { batch: 2, context: 16 });
  const encoders = Object.entries(TINY_ENCODERS).map(([title, { config, classWeights }]) => {
    const lossGraph: LossSource['lossGraph'] = (length, training) =>
      encoderLoss(encoderModel(config, B, length, training), { positions: P, classWeights });
    return [title, { trained: parameterShapes(config), lengths: [T], lossGraph }] as const;
  });
  return {
    'GPT-2-shaped, with dropout': gpt({ attentionDropout: 0.1, residualDropout: 0.1 }),
    'GPT-1-shaped, exact GELU': gpt({ layout: 'openai-gpt', normPlacement: 'post', activation: 'gelu' }),
    'Llama-shaped, GQA': gpt({
      ...{ layout: 'llama', norm: 'rmsnorm', positions: 'rotary', activation: 'swiglu' },
      ...{ bias: 'none', tiedHead: false, kvHeads: 2 },
    }),
    ...Object.fromEntries(encoders),
  };
}

describe('16 bits on webgpu', () => {
  let device: Device;
  before(async () => ({ device } = await openDevice('webgpu')));
  after(() => device.close());

  for (const half of ['float16', 'bfloat16'] as const) {
    it(`${half}: a run has losses near float32's, or is refused with what else there is`, async (t) => {
      const { folder, data } = workplace(t);
      const settings = [`training.steps=${STEPS}`, 'training.evalEvery=0'];
      const request = tinyRun(data, join(folder, half), [...settings, `training.precision=${half}`]);
      const onGpu = startTraining({ ...request, provider: 'webgpu' });
      const support = await device.supportOf(half);
      t.diagnostic(`${half}: ${support}`);
      if (support === 'none') {
        const message = new RegExp(`^webgpu can not compute in ${half} on this machine`);
        await assert.rejects(onGpu, { code: 'provider', message, hint: /training\.precision=float32/ });
        return;
      }
      await onGpu;
      await startTraining(tinyRun(data, join(folder, 'exact'), settings));
      const losses = (run: string): number[] =>
        metricsOf(run).flatMap(({ event, loss }) => (event === 'step' ? [Number(loss)] : []));
      const expected = losses(join(folder, 'exact'));
      const got = losses(join(folder, half));
      assert.equal(got.length, STEPS);
      for (const [i, loss] of got.entries())
        assert.ok(Math.abs(loss - expected[i]!) < 2e-2, `step ${i}: ${loss}, float32 ${expected[i]}`);
    });
  }

  for (const [title, source] of Object.entries(sources())) {
    it(`${title}: the GPU has a float16 kernel for every node of a step`, async () => {
      // a node without one is refused when the program is loaded; whether shaders can use float16 shows when it runs
      const precision = { type: 'float16', emulated: false } as const;
      for (const recompute of [false, true]) {
        const state = device.createState();
        const [length] = source.lengths;
        const options = { accumulate: true, recompute, precision };
        const program = await compileGradients(device, state, source, length!, options);
        assert.ok(program.signature.feeds.has('lossScale'));
        await program.dispose();
        state.dispose();
      }
    });
  }

  it('a device that was asked what it can goes on computing', () => checkArithmetic(device));
});
