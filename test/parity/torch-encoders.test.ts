/** Encoders of several shapes and heads against a plain PyTorch one: logits, losses, every gradient, AdamW steps. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as z from 'zod';
import { Random } from '../../worker/base/random.ts';
import type { Tensor } from '../../worker/graph/tensor.ts';
import { bertPooled, maskedLogits, nextSentenceLogits } from '../../worker/models/bert.ts';
import type { BertConfig } from '../../worker/models/config.ts';
import { type EncoderModel, encoderModel } from '../../worker/models/encoder.ts';
import { type EncoderLoss, encoderLoss } from '../../worker/models/encoder-losses.ts';
import { parameterShapes } from '../../worker/models/layout.ts';
import type { Device } from '../../worker/runtime/device.ts';
import { openDevice } from '../../worker/runtime/open-device.ts';
import type { DeviceState } from '../../worker/runtime/state.ts';
import { gradientName } from '../../worker/training/gradients.ts';
import { TrainStep } from '../../worker/training/step.ts';
import { relativeError } from '../support/op-cases.ts';
import { randomWeights } from '../support/random-weights.ts';
import { B, P, randomFeeds, T, TINY_ENCODERS } from '../support/tiny-encoders.ts';
import { askScript, numbersByName, OPTIMIZER, TrainedSchema } from './torch.ts';

const Answer = TrainedSchema.extend({ logits: numbersByName, parts: z.record(z.string(), z.number()) });

/** Logits under the names that the script has for them. */
function logitsOf(model: EncoderModel, { scores }: EncoderLoss): Record<string, Tensor> {
  const { config, scope, hidden, graph } = model;
  const masked = (): Tensor => maskedLogits(scope, config, hidden, graph.feeds.get('positions'));
  switch (config.head) {
    case 'mlm':
      return { mlm: masked() };
    case 'mlm+nsp':
      return { mlm: masked(), nsp: nextSentenceLogits(scope, bertPooled(scope, config, hidden, B)) };
    case 'answer':
      return { start: scores.start!, end: scores.end! };
    case 'classify':
    case 'tag':
      return { logits: scores.logits! };
    case 'none':
      return {};
  }
}

/** Names of the sums of each part of a loss. */
const PARTS: Readonly<Record<string, [total: string, count: string, correct: string]>> = {
  mlm: ['mlmTotal', 'mlmCount', 'mlmCorrect'],
  nsp: ['nspTotal', 'nspCount', 'nspCorrect'],
  logits: ['total', 'count', 'correct'],
  start: ['startTotal', 'startCount', 'startCorrect'],
  end: ['endTotal', 'endCount', 'endCorrect'],
};
const TARGETS: Readonly<Record<string, string>> = {
  mlm: 'targets',
  nsp: 'nextSentence',
  logits: 'labels',
  start: 'starts',
  end: 'ends',
};

/** How many rows have their highest score at their target. */
function countCorrect(logits: readonly number[], targets: Int32Array): number {
  const width = logits.length / targets.length;
  return targets.reduce((sum, target, row) => {
    const scores = logits.slice(row * width, (row + 1) * width);
    return sum + Number(scores.indexOf(Math.max(...scores)) === target);
  }, 0);
}

/** Adam turns the rounding noise of gradients that are zero in exact arithmetic into steps of its own. */
function isNoise(name: string, { head }: BertConfig): boolean {
  if (/attention\.(self\.key|k_lin)\.bias$/.test(name)) return true;
  return head === 'answer' && /layer\.1\.output\.LayerNorm\.bias$|qa_outputs\.bias$/.test(name);
}

for (const [title, { config, classWeights }] of Object.entries(TINY_ENCODERS)) {
  describe(`${title}, as PyTorch computes it`, () => {
    const weights = randomWeights(config);
    const feeds = randomFeeds(config, new Random(1, title));
    const lossOf = (model: EncoderModel): EncoderLoss => encoderLoss(model, { positions: P, classWeights });
    let device: Device;
    let state: DeviceState;
    let expected: z.infer<typeof Answer>;

    before(async () => {
      const question = {
        config,
        batch: B,
        length: T,
        classWeights,
        feeds: Object.fromEntries(Object.entries(feeds).map(([name, data]) => [name, [...data]])),
        weights,
      };
      expected = askScript('encoder.py', question, Answer);
      ({ device } = await openDevice('cpu', { threads: 2 }));
      state = device.createState();
    });
    after(() => device.close());

    it('logits, losses, every gradient, and 10 AdamW steps agree', async () => {
      const source = {
        trained: parameterShapes(config),
        lengths: [T],
        lossGraph: (length: number, training: boolean) => lossOf(encoderModel(config, B, length, training)),
      };
      const settings = { ...OPTIMIZER, accumulate: 1, recompute: false, seed: 0, decay: 'matrices' } as const;
      const step = await TrainStep.create(device, state, source, settings);
      for (const [name, { shape, data }] of weights)
        await state.write(name, { dtype: 'float32', shape, data });

      const built = encoderModel(config, B, T, false);
      const loss = lossOf(built);
      const logits = logitsOf(built, loss);
      const outputs = { ...loss.scores, ...logits };
      const results = await (await device.compile({ name: 'forward', outputs }, state)).run(feeds);
      const value = (name: string): number => Number(results[name]!.data[0]);
      assert.deepEqual(Object.keys(logits), Object.keys(expected.logits));
      for (const [name, values] of Object.entries(expected.logits)) {
        const got = results[name]!.data as Float32Array;
        const worst = values.reduce((max, v, i) => Math.max(max, Math.abs(v - got[i]!)), 0);
        assert.ok(worst < 1e-5, `${name} differs by ${worst}`);
        const [total, count, correct] = PARTS[name]!;
        const off = Math.abs(value(total) / value(count) - expected.parts[name]!);
        assert.ok(off < 1e-5, `loss of ${name} is off by ${off}`);
        assert.equal(value(correct), countCorrect(values, feeds[TARGETS[name]!]!), `correct of ${name}`);
      }

      for (let i = 0; i < OPTIMIZER.steps; i++) {
        const result = await step.run(i + 1, OPTIMIZER.learningRate, [{ length: T, feeds }]);
        const off = Math.abs(result.loss - expected.losses[i]!);
        assert.ok(off < 2e-5, `loss ${i} is off by ${off}`);
        assert.ok(Math.abs(result.gradientNorm / expected.norms[i]! - 1) < 1e-4, `gradient norm ${i}`);
        if (i > 0) continue;
        for (const [name, values] of Object.entries(expected.gradients)) {
          const error = relativeError(state.view(gradientName(name)) as Float32Array, values);
          assert.ok(error < 1e-4, `gradient of ${name}: relative error ${error}`);
        }
      }
      for (const [name, values] of Object.entries(expected.weights)) {
        if (isNoise(name, config)) continue;
        const error = relativeError(state.view(name) as Float32Array, values);
        assert.ok(error < 1e-3, `${name} after the last step: relative error ${error}`);
      }
    });
  });
}
