/** What encoders learn from, on a GPU (a software one where there is no other) beside the same on `cpu`. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Random } from '../../worker/base/random.ts';
import { encoderModel } from '../../worker/models/encoder.ts';
import { encoderLoss } from '../../worker/models/encoder-losses.ts';
import { parameterShapes } from '../../worker/models/layout.ts';
import { openDevice } from '../../worker/runtime/open-device.ts';
import type { ProviderName } from '../../worker/runtime/provider.ts';
import { type StepResult, TrainStep } from '../../worker/training/step.ts';
import { randomWeights } from '../support/random-weights.ts';
import { OPTIMIZER } from '../support/optimizer.ts';
import { B, P, randomFeeds, T, TINY_ENCODERS, type TinyEncoder } from '../support/tiny-encoders.ts';
import { holdGpu } from './held-gpu.ts';

/** One of each head. */
const ENCODERS = [
  'BERT-shaped, masked tokens and next sentences',
  'RoBERTa-shaped, Pre-LN, tanh-GELU, masked tokens',
  'BERT-shaped, three segments, classes of texts',
  'BERT-shaped, Pre-LN, weighted classes of tokens',
  'BERT-shaped, spans, one of them cut off',
];
const STEPS = 10;
const RATE = 3e-3;

interface Trained {
  readonly steps: readonly StepResult[];
  /** What an evaluation reads before the first step, by name. */
  readonly scores: Readonly<Record<string, readonly number[]>>;
}

async function train(
  provider: ProviderName,
  title: string,
  { config, classWeights }: TinyEncoder,
): Promise<Trained> {
  const { device } = await openDevice(provider, { threads: 2 });
  try {
    const state = device.createState();
    const lossGraph = (length: number, training: boolean) =>
      encoderLoss(encoderModel(config, B, length, training), { positions: P, classWeights });
    const step = await TrainStep.create(
      device,
      state,
      { trained: parameterShapes(config), lengths: [T], lossGraph },
      {
        accumulate: 1,
        ...OPTIMIZER,
      },
    );
    for (const [name, { shape, data }] of randomWeights(config)) {
      await state.write(name, { dtype: 'float32', shape, data });
    }
    const feeds = randomFeeds(config, new Random(1, title));
    const program = await device.compile({ name: 'evaluate', outputs: lossGraph(T, false).scores }, state);
    const results = await program.run(feeds);
    const scores = Object.entries(results).map(
      ([name, { data }]) => [name, Array.from(data, Number)] as const,
    );
    const steps: StepResult[] = [];
    for (let i = 1; i <= STEPS; i++) steps.push(await step.run(i, RATE, [{ length: T, feeds }]));
    return { steps, scores: Object.fromEntries(scores) };
  } finally {
    await device.close();
  }
}

describe('encoders on webgpu', () => {
  holdGpu();

  for (const title of ENCODERS) {
    const encoder = TINY_ENCODERS[title]!;
    it(`${title}: losses, norms and scores as on cpu`, async () => {
      const onCpu = await train('cpu', title, encoder);
      const onGpu = await train('webgpu', title, encoder);
      assert.ok(onCpu.steps.at(-1)!.loss < onCpu.steps[0]!.loss - 0.1, 'the loss falls');
      for (const [i, expected] of onCpu.steps.entries()) {
        const { loss, gradientNorm } = onGpu.steps[i]!;
        assert.ok(Math.abs(loss - expected.loss) < 1e-3, `step ${i}: ${loss}, cpu ${expected.loss}`);
        assert.ok(Math.abs(gradientNorm / expected.gradientNorm - 1) < 1e-2, `norm at step ${i}`);
      }
      assert.deepEqual(Object.keys(onGpu.scores), Object.keys(onCpu.scores));
      for (const [name, values] of Object.entries(onCpu.scores)) {
        const worst = values.reduce(
          (most, value, i) => Math.max(most, Math.abs(value - onGpu.scores[name]![i]!)),
          0,
        );
        assert.ok(worst < 1e-4, `${name} differs by ${worst}`);
      }
    });
  }
});
