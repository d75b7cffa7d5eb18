/** Training on a GPU (a software one where there is no other) beside the same training on `cpu`. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Random } from '../../worker/base/random.ts';
import { type GptConfig, GptConfigSchema } from '../../worker/models/config.ts';
import { initialWeights } from '../../worker/models/initialise.ts';
import { openDevice } from '../../worker/runtime/device.ts';
import type { ProviderName } from '../../worker/runtime/provider.ts';
import { nextTokenLoss, tokenFeeds } from '../../worker/training/objectives/next-token.ts';
import { type StepResult, TrainStep } from '../../worker/training/step.ts';
import { OPTIMIZER } from './optimizer.ts';

const tiny = {
  vocab: 61,
  context: 8,
  layers: 2,
  width: 16,
  heads: 2,
  kvHeads: 2,
  headWidth: 8,
  feedForward: 32,
};
const dropouts = { embeddingDropout: 0.1, attentionDropout: 0.1, residualDropout: 0.1 };
const MODELS: Readonly<Record<string, GptConfig>> = {
  'GPT-2-shaped, with dropout': GptConfigSchema.parse({ ...tiny, ...dropouts }),
  'Llama-shaped': GptConfigSchema.parse({
    ...tiny,
    layout: 'llama',
    kvHeads: 1,
    norm: 'rmsnorm',
    positions: 'rotary',
    activation: 'swiglu',
    bias: 'none',
    tiedHead: false,
  }),
};
const STEPS = 10;
const B = 2;

async function train(
  provider: ProviderName,
  config: GptConfig,
  accumulate: number,
  profile?: string,
): Promise<StepResult[]> {
  const { device } = await openDevice(provider, {
    threads: 2,
    ...(profile === undefined ? {} : { profile }),
  });
  const T = config.context;
  const window = { batch: B, context: T };
  const state = device.createState();
  const step = await TrainStep.create(device, state, nextTokenLoss(config, window), {
    accumulate,
    ...OPTIMIZER,
  });
  for (const { name, shape, data } of initialWeights(config, 1))
    await state.write(name, { dtype: 'float32', shape, data });
  const random = new Random(1, 'batches');
  const ids = Int32Array.from({ length: B * T * accumulate + 1 }, () => random.integer(config.vocab));
  const batches = Array.from({ length: accumulate }, (_, i) =>
    tokenFeeds(
      {
        inputs: ids.subarray(i * B * T, (i + 1) * B * T),
        targets: ids.subarray(i * B * T + 1, (i + 1) * B * T + 1),
      },
      window,
    ),
  );
  const results: StepResult[] = [];
  for (let i = 1; i <= STEPS; i++) results.push(await step.run(i, 3e-3, batches));
  const place = device.onHost ? 'cpu' : 'gpu-buffer';
  for (const name of state.names) assert.equal(state.tensor(name).location, place, name);
  await device.close();
  return results;
}

describe('training on webgpu', () => {
  for (const [name, config] of Object.entries(MODELS)) {
    for (const accumulate of [1, 2]) {
      it(`${name}, ${accumulate} micro-batch(es): losses and norms as on cpu`, async () => {
        const [onCpu, onGpu] = [
          await train('cpu', config, accumulate),
          await train('webgpu', config, accumulate),
        ];
        assert.ok(onCpu.at(-1)!.loss < onCpu[0]!.loss - 0.1, 'the loss falls');
        for (const [i, expected] of onCpu.entries()) {
          assert.ok(
            Math.abs(onGpu[i]!.loss - expected.loss) < 1e-3,
            `step ${i}: ${onGpu[i]!.loss}, cpu ${expected.loss}`,
          );
          assert.ok(Math.abs(onGpu[i]!.gradientNorm / expected.gradientNorm - 1) < 1e-2, `norm at step ${i}`);
        }
      });
    }
  }

  it('runs every node on the GPU, without a copy to the host or back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cloze-gpu-'));
    try {
      await train('webgpu', MODELS['GPT-2-shaped, with dropout']!, 1, join(folder, 'trace-'));
      const events = readdirSync(folder).flatMap(
        (file) =>
          JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
            cat: string;
            name: string;
            args?: Record<string, string>;
          }[],
      );
      const kernels = events.filter((event) => event.cat === 'Node' && event.name.endsWith('_kernel_time'));
      assert.ok(kernels.length > 1000, `${kernels.length} kernels were traced`);
      const elsewhere = kernels.filter((event) => event.args?.provider !== 'WebGpuExecutionProvider');
      assert.deepEqual(elsewhere, []);
      const copies = kernels.filter((event) => (event.args?.op_name ?? '').startsWith('Memcpy'));
      assert.deepEqual(copies, []);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
