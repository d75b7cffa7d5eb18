/** float16 on a GPU: its losses where the adapter has shader-f16 (SwiftShader has not), a clear refusal where it has not. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Device, openDevice } from '../../worker/runtime/device.ts';
import { checkArithmetic } from '../../worker/runtime/trial.ts';
import { startTraining } from '../../worker/services/train.ts';
import { metricsOf, tinyRun, workplace } from '../process/training.ts';

const STEPS = 10;

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

  it('a device that was asked what it can goes on computing', () => checkArithmetic(device));
});
