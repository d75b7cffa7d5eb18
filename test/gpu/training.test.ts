/** Training on a GPU (a software one where there is no other) beside the same training on `cpu`. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Random } from '../../worker/base/random.ts';
import { type GptConfig, GptConfigSchema } from '../../worker/models/config.ts';
import { initialWeights } from '../../worker/models/initialise.ts';
import { putWeight } from '../../worker/models/load.ts';
import { initialAdapter, LoraSettingsSchema, newAdapter } from '../../worker/models/lora.ts';
import { openDevice } from '../../worker/runtime/open-device.ts';
import type { ProviderName } from '../../worker/runtime/provider.ts';
import { nextTokenLoss, tokenFeeds } from '../../worker/training/objectives/next-token.ts';
import { type StepResult, TrainStep } from '../../worker/training/step.ts';
import { OPTIMIZER } from '../support/optimizer.ts';
import { holdGpu } from './held-gpu.ts';

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
const llama = {
  ...tiny,
  layout: 'llama',
  kvHeads: 1,
  norm: 'rmsnorm',
  positions: 'rotary',
  activation: 'swiglu',
  bias: 'none',
  tiedHead: false,
};
const MODELS: Readonly<Record<string, GptConfig>> = {
  'GPT-2-shaped, with dropout': GptConfigSchema.parse({ ...tiny, ...dropouts }),
  'Llama-shaped': GptConfigSchema.parse(llama),
  'Mixtral-shaped, with dropout': GptConfigSchema.parse({
    ...llama,
    ...dropouts,
    layout: 'mixtral',
    experts: 4,
  }),
};
const CASES: readonly [name: string, config: GptConfig, adapted: boolean][] = [
  ...Object.entries(MODELS).map(([name, config]): [string, GptConfig, boolean] => [name, config, false]),
  ['an adapter, with dropout', MODELS['GPT-2-shaped, with dropout']!, true],
];
const LORA = LoraSettingsSchema.parse({ rank: 4, dropout: 0.1, targets: ['all-linear'] });
/** A weight that has an adapter beside it. */
const FROZEN = 'transformer.h.0.attn.c_attn.weight';
const STEPS = 10;
const B = 2;

async function train(
  provider: ProviderName,
  config: GptConfig,
  accumulate: number,
  { profile, adapted = false }: { readonly profile?: string; readonly adapted?: boolean } = {},
): Promise<StepResult[]> {
  const { device } = await openDevice(provider, {
    threads: 2,
    ...(profile === undefined ? {} : { profile }),
  });
  const T = config.context;
  const window = { batch: B, context: T };
  const state = device.createState();
  const adapter = adapted ? newAdapter(config, LORA) : undefined;
  const step = await TrainStep.create(device, state, nextTokenLoss(config, window, adapter), {
    accumulate,
    ...OPTIMIZER,
  });
  for (const weight of initialWeights(config, 1)) await putWeight(weight, state, device);
  if (adapter !== undefined)
    for (const weight of initialAdapter(adapter, 'kaiming', 1)) await putWeight(weight, state, device);
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
  const frozen = adapter && (await state.float32(FROZEN)).slice();
  for (let i = 1; i <= STEPS; i++) results.push(await step.run(i, adapted ? 3e-2 : 3e-3, batches));
  if (frozen !== undefined) assert.deepEqual(await state.float32(FROZEN), frozen);
  const place = device.onHost ? 'cpu' : 'gpu-buffer';
  for (const name of state.names) assert.equal(state.tensor(name).location, place, name);
  await device.close();
  return results;
}

describe('training on webgpu', () => {
  holdGpu();

  for (const [name, config, adapted] of CASES) {
    // how gradients are summed up is no matter of the model
    for (const accumulate of name === CASES[0]![0] ? [1, 2] : [1]) {
      it(`${name}, ${accumulate} micro-batch(es): losses and norms as on cpu`, async () => {
        const [onCpu, onGpu] = [
          await train('cpu', config, accumulate, { adapted }),
          await train('webgpu', config, accumulate, { adapted }),
        ];
        assert.ok(onCpu.at(-1)!.loss < onCpu[0]!.loss - (adapted ? 0.01 : 0.1), 'the loss falls');
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
      await train('webgpu', MODELS['GPT-2-shaped, with dropout']!, 1, { profile: join(folder, 'trace-') });
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
