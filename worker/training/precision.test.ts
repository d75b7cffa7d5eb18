import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { OPTIMIZER } from '../../test/support/optimizer.ts';
import { randomWeights } from '../../test/support/random-weights.ts';
import { P, randomFeeds, T as ENCODED, TINY_ENCODERS, B as TEXTS } from '../../test/support/tiny-encoders.ts';
import { Random } from '../base/random.ts';
import { gemm, scale, sumAll } from '../graph/ops/index.ts';
import { Graph } from '../graph/tensor.ts';
import { type GptConfig, GptConfigSchema, type ModelConfig } from '../models/config.ts';
import { encoderModel } from '../models/encoder.ts';
import { encoderLoss } from '../models/encoder-losses.ts';
import { initialAdapter, LoraSettingsSchema, newAdapter } from '../models/lora.ts';
import { parameterShapes } from '../models/layout.ts';
import type { Device } from '../runtime/device.ts';
import { openDevice } from '../runtime/open-device.ts';
import type { DeviceState } from '../runtime/state.ts';
import { compileGradients, gradientName } from './gradients.ts';
import type { LossSource, ObjectiveBatch } from './objective.ts';
import { nextTokenLoss, tokenFeeds } from './objectives/next-token.ts';
import type { Precision } from './precision-name.ts';
import { type StepResult, type StepSettings, TrainStep } from './step.ts';

const SETTINGS: StepSettings = { ...OPTIMIZER, accumulate: 1 };

interface Case {
  readonly config: ModelConfig;
  readonly source: LossSource;
  /** One for each micro-batch. */
  readonly batches: readonly ObjectiveBatch[];
  /** Values of what the model's own weights do not have. */
  readonly more?: Iterable<{ name: string; shape: readonly number[]; data: Float32Array }>;
}

const [B, T] = [2, 12];
const tiny = {
  vocab: 53,
  context: T,
  layers: 2,
  width: 24,
  heads: 4,
  kvHeads: 4,
  headWidth: 6,
  feedForward: 48,
};
const GPT2 = GptConfigSchema.parse(tiny);
const DROPOUT = GptConfigSchema.parse({ ...tiny, attentionDropout: 0.1, residualDropout: 0.1 });
const LLAMA = GptConfigSchema.parse({
  ...tiny,
  layout: 'llama',
  norm: 'rmsnorm',
  positions: 'rotary',
  activation: 'swiglu',
  bias: 'none',
  tiedHead: false,
  kvHeads: 2,
});
const MIXTRAL = GptConfigSchema.parse({ ...LLAMA, layout: 'mixtral', experts: 4 });

function decoder(config: GptConfig, adapted = false): Case {
  const window = { batch: B, context: T };
  const adapter = adapted ? newAdapter(config, LoraSettingsSchema.parse({ rank: 4 })) : undefined;
  const random = new Random(1, 'batches');
  const batches = [0, 1].map(() => {
    const ids = Int32Array.from({ length: B * T + 1 }, () => random.integer(config.vocab));
    return tokenFeeds({ inputs: ids.subarray(0, -1), targets: ids.subarray(1) }, window);
  });
  const more = adapter === undefined ? [] : initialAdapter(adapter, 'gaussian', 1);
  return { config, source: nextTokenLoss(config, window, adapter), batches, more };
}

function encoder(title: string): Case {
  const { config, classWeights } = TINY_ENCODERS[title]!;
  const lossGraph = (length: number, training: boolean) =>
    encoderLoss(encoderModel(config, TEXTS, length, training), { positions: P, classWeights });
  const feeds = randomFeeds(config, new Random(1, title));
  const source = { trained: parameterShapes(config), lengths: [ENCODED], lossGraph };
  return { config, source, batches: [{ length: ENCODED, feeds }] };
}

const CASES: Readonly<Record<string, () => Case>> = {
  'GPT-2': () => decoder(GPT2),
  'GPT-2 with dropout': () => decoder(DROPOUT),
  'Llama, GQA': () => decoder(LLAMA),
  'Mixtral, four experts': () => decoder(MIXTRAL),
  'an adapter': () => decoder(GPT2, true),
  ...Object.fromEntries(Object.keys(TINY_ENCODERS).map((title) => [title, () => encoder(title)])),
};

const STEPS = 10;
const RATE = 3e-3;
/**
 * How far losses may be from those in float32; values of 16 bits lie 2^-8 and 2^-11 of themselves apart. Twice as far where
 * a score that is rounded may send a token to another expert.
 */
const NEAR = { bfloat16: 3e-2, float16: 3e-3 };

describe('a step in 16 bits', () => {
  let device: Device;
  before(async () => ({ device } = await openDevice('cpu', { threads: 1 })));
  after(() => device.close());

  async function prepare(
    { config, source, more = [] }: Case,
    settings: Partial<StepSettings>,
  ): Promise<{ step: TrainStep; state: DeviceState }> {
    const state = device.createState();
    const step = await TrainStep.create(device, state, source, { ...SETTINGS, ...settings });
    for (const [name, { shape, data }] of randomWeights(config))
      await state.write(name, { dtype: 'float32', shape, data });
    for (const { name, shape, data } of more) await state.write(name, { dtype: 'float32', shape, data });
    return { step, state };
  }

  async function train(made: Case, settings: Partial<StepSettings>, lossScale = 1024): Promise<StepResult[]> {
    const { step } = await prepare(made, settings);
    const results: StepResult[] = [];
    const batches = made.batches.slice(0, settings.accumulate ?? 1);
    for (let i = 1; i <= STEPS; i++) results.push(await step.run(i, RATE, batches, lossScale));
    return results;
  }

  for (const [title, make] of Object.entries(CASES)) {
    for (const precision of ['bfloat16', 'float16'] as const) {
      it(`${title}, ${precision}: losses close to those in float32, and not the same`, async () => {
        const near = NEAR[precision] * (title.startsWith('Mixtral') ? 2 : 1);
        const exact = await train(make(), {});
        const rounded = await train(make(), { precision });
        for (const [i, { loss, gradientNorm }] of rounded.entries()) {
          const expected = exact[i]!;
          assert.ok(Math.abs(loss - expected.loss) < near, `step ${i}: ${loss}, ${expected.loss}`);
          assert.notEqual(loss, expected.loss);
          const ratio = gradientNorm / expected.gradientNorm;
          assert.ok(Math.abs(ratio - 1) < 5 * near, `step ${i}: a norm ${ratio} times as large`);
        }
      });
    }
  }

  for (const precision of ['bfloat16', 'float16'] as const) {
    it(`${precision}: recomputation gives the same losses, also with gradients accumulated`, async () => {
      const kept = await train(CASES['Llama, GQA']!(), { precision, accumulate: 2 });
      const computed = await train(CASES['Llama, GQA']!(), { precision, accumulate: 2, recompute: true });
      for (const [i, { loss }] of computed.entries())
        assert.ok(Math.abs(loss - kept[i]!.loss) < 1e-6, `step ${i}: ${loss}, ${kept[i]!.loss}`);
    });
  }

  it('float32: gradients do not depend on precision settings', async () => {
    assert.deepEqual(await train(decoder(GPT2), { precision: 'float32' }), await train(decoder(GPT2), {}));
  });

  it('float16: an overflow changes nothing, and leaves nothing to the next attempt', async () => {
    for (const accumulate of [1, 2]) {
      const made = decoder(GPT2);
      const batches = made.batches.slice(0, accumulate);
      const { step, state } = await prepare(made, { precision: 'float16', accumulate });
      const snapshot = async (): Promise<Float32Array[]> =>
        Promise.all(
          state.names
            .filter((name) => !name.startsWith('gradient/'))
            .map(async (name) => (await state.float32(name)).slice()),
        );
      const before = await snapshot();
      const overflown = await step.run(1, RATE, batches, 2 ** 40);
      assert.ok(Number.isFinite(overflown.loss) && !Number.isFinite(overflown.gradientNorm));
      assert.deepEqual(await snapshot(), before);
      const retried = await step.run(1, RATE, batches, 1024);
      const fresh = await prepare(decoder(GPT2), { precision: 'float16', accumulate });
      assert.deepEqual(retried, await fresh.step.run(1, RATE, batches, 1024));
    }
  });

  it('float16: a loss scale keeps gradients that would be too small, and bfloat16 needs none', async () => {
    const lossGraph = () => {
      const graph = new Graph();
      const product = gemm(graph.feed('x', 'float32', [2, 2]), graph.state('w', 'float32', [2, 2]));
      return { graph, loss: scale(sumAll(product), 1e-9), scores: {} };
    };
    const source: LossSource = { trained: new Map([['w', [2, 2]]]), lengths: [2], lossGraph };
    const gradient = async (type: Precision, lossScale: number): Promise<number> => {
      const state = device.createState();
      await state.allocate('w', 'float32', [2, 2]);
      const options = { accumulate: false, recompute: false, precision: { type, emulated: true } };
      const program = await compileGradients(device, state, source, 2, options);
      await program.run({ x: Float32Array.of(1, 1, 1, 1), lossScale: Float32Array.of(lossScale) });
      return (await state.float32(gradientName('w')))[0]!;
    };
    assert.equal(await gradient('float16', 1), 0);
    const scaled = (await gradient('float16', 65_536)) / 65_536;
    assert.ok(Math.abs(scaled / 2e-9 - 1) < 1e-2, String(scaled));
    assert.ok(Math.abs((await gradient('bfloat16', 1)) / 2e-9 - 1) < 1e-2);
  });
});
