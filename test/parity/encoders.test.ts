/** Tiny encoders with each head against values that Hugging Face's own code gave (test/fixtures/parity/README.md). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readModelFolder } from '../../worker/checkpoints/folder.ts';
import { SafetensorsFile } from '../../worker/checkpoints/safetensors.ts';
import type { Tensor } from '../../worker/graph/tensor.ts';
import { bertPooled, maskedLogits, nextSentenceLogits } from '../../worker/models/bert.ts';
import { requireEncoder } from '../../worker/models/config.ts';
import { type EncoderModel, encoderModel } from '../../worker/models/encoder.ts';
import { encoderLoss } from '../../worker/models/encoder-losses.ts';
import { modelFromHuggingFace } from '../../worker/models/huggingface.ts';
import { parameterShapes } from '../../worker/models/layout.ts';
import { loadParameters } from '../../worker/models/weights.ts';
import type { Device } from '../../worker/runtime/device.ts';
import { openDevice } from '../../worker/runtime/open-device.ts';
import type { DeviceState } from '../../worker/runtime/state.ts';
import { gradientName } from '../../worker/training/gradients.ts';
import type { LossSource } from '../../worker/training/objective.ts';
import { TrainStep } from '../../worker/training/step.ts';
import { difference, norm, stepSettings, TrainingJson } from './golden.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/parity/', import.meta.url));
const B = 2;
const T = 17;
/** Rows for masked positions: more than the batches have. */
const P = 12;

type Feeds = Readonly<Record<string, Int32Array>>;

interface Case {
  /** Names of transformers' inputs by the names of the head's feeds. */
  readonly feeds: (ints: (name: string) => Int32Array) => Feeds;
  /** What a program over all positions gives out, under the names of expected.safetensors. */
  readonly outputs: (model: EncoderModel) => Record<string, Tensor>;
  /** Means of the parts of the loss, from an evaluation's scores. */
  readonly parts: Readonly<Record<string, [total: string, count: string]>>;
}

const all = Int32Array.from({ length: B * T }, (_, i) => i);

/** Rows that are not used are in the middle, so that they must not count wherever they are. */
function maskedFeeds(labels: Int32Array): Feeds {
  const chosen = [...labels.keys()].filter((i) => labels[i]! >= 0);
  const positions = [
    ...chosen.slice(0, 2),
    ...new Array<number>(P - chosen.length).fill(0),
    ...chosen.slice(2),
  ];
  const unused = positions.map((_, i) => i >= 2 && i < 2 + P - chosen.length);
  return {
    positions: Int32Array.from(positions),
    targets: Int32Array.from(positions, (at, i) => (unused[i]! ? -1 : labels[at]!)),
  };
}

const vocabularyLogits = ({ graph, scope, config, hidden }: EncoderModel): Tensor =>
  maskedLogits(scope, config, hidden, graph.feed('all', 'int32', [B * T]));
const ownLogits = (model: EncoderModel): Record<string, Tensor> => ({
  logits: encoderLoss(model).scores.logits!,
});
const labelFeed = (ints: (name: string) => Int32Array): Feeds => ({
  labels: ints('labels').map((label) => Math.max(-1, label)),
});

const classes: Case = { feeds: labelFeed, outputs: ownLogits, parts: { loss: ['total', 'count'] } };
const spans: Case = {
  feeds: (ints) => ({ starts: ints('start_positions'), ends: ints('end_positions') }),
  outputs: (model) => {
    const { start, end } = encoderLoss(model).scores;
    return { start_logits: start!, end_logits: end! };
  },
  parts: { 'loss/start': ['startTotal', 'startCount'], 'loss/end': ['endTotal', 'endCount'] },
};
const maskedTokens: Case = {
  feeds: (ints) => maskedFeeds(ints('labels')),
  outputs: (model) => ({ logits: vocabularyLogits(model) }),
  parts: { loss: ['mlmTotal', 'mlmCount'] },
};

const CASES: Readonly<Record<string, Case>> = {
  bert: {
    feeds: (ints) => ({ ...maskedFeeds(ints('labels')), nextSentence: ints('next_sentence_label') }),
    outputs: (model) => ({
      prediction_logits: vocabularyLogits(model),
      seq_relationship_logits: nextSentenceLogits(
        model.scope,
        bertPooled(model.scope, model.config, model.hidden, B),
      ),
    }),
    parts: { 'loss/mlm': ['mlmTotal', 'mlmCount'], 'loss/nsp': ['nspTotal', 'nspCount'] },
  },
  'bert/sequence_classification': classes,
  'bert/token_classification': classes,
  'bert/question_answering': spans,
  roberta: maskedTokens,
  distilbert: maskedTokens,
  'distilbert/sequence_classification': classes,
  'distilbert/token_classification': classes,
  'distilbert/question_answering': spans,
};

for (const [family, { feeds: feedsOf, outputs: outputsOf, parts }] of Object.entries(CASES)) {
  describe(`${family} as Hugging Face computes it`, () => {
    const folder = `${FIXTURES}${family}`;
    const opened = readModelFolder(folder);
    const config = requireEncoder(modelFromHuggingFace(opened.config), folder);
    const weights = loadParameters(config, opened.tensors);
    const expected = new SafetensorsFile(`${folder}/expected.safetensors`);
    const inputs = new SafetensorsFile(`${folder}/inputs.safetensors`);
    const ints = (name: string): Int32Array => Int32Array.from(inputs.readTyped(name), Number);
    const text: Feeds = {
      ids: ints('input_ids'),
      mask: ints('attention_mask'),
      ...(inputs.has('token_type_ids') ? { segments: ints('token_type_ids') } : {}),
    };
    const feeds = { ...text, ...feedsOf(ints) };
    const training = TrainingJson.parse(JSON.parse(readFileSync(`${folder}/training.json`, 'utf8')));
    let device: Device;
    before(async () => ({ device } = await openDevice('cpu', { threads: 2 })));
    after(async () => {
      await device.close();
      for (const file of [opened.tensors, expected, inputs]) file.close();
    });

    async function setWeights(state: DeviceState): Promise<void> {
      for (const [name, shape] of parameterShapes(config)) {
        await state.write(name, { dtype: 'float32', shape, data: weights.get(name)! });
      }
    }

    it('the class in config.json and the tensors alone tell the same head', () => {
      const { architectures, ...unnamed } = opened.config;
      assert.ok(Array.isArray(architectures));
      assert.deepEqual(modelFromHuggingFace(unnamed, folder, opened.tensors.names), config);
    });

    it('gives the same logits, hidden states and attention maps', async () => {
      const state = device.createState();
      await setWeights(state);
      const model = encoderModel(config, B, T, false);
      const outputs = outputsOf(model);
      for (const [name, tensor] of model.scope.probes) {
        const hidden = /hidden\.(\d+)$/.exec(name);
        const attention = /layer\.(\d+)\.attention(?:\.self)?\.weights$/.exec(name);
        if (hidden) outputs[`hidden_states.${hidden[1]!}`] = tensor;
        if (attention) outputs[`attentions.${attention[1]!}`] = tensor;
      }
      const compared = expected.names.filter((name) => /logits|hidden_states|attentions/.test(name));
      assert.deepEqual(Object.keys(outputs).sort(), compared);
      const program = await device.compile({ name: 'parity', outputs }, state);
      const results = await program.run({ ...text, all });
      for (const name of compared) {
        const worst = difference(results[name]!.data as Float32Array, expected.readFloat32(name));
        assert.ok(worst < (name.startsWith('attentions') ? 2e-6 : 2e-5), `${name} differs by ${worst}`);
      }
    });

    it('gives the same loss, and its parts as sums', async () => {
      const state = device.createState();
      await setWeights(state);
      const { loss, scores } = encoderLoss(encoderModel(config, B, T, false), { positions: P });
      const program = await device.compile({ name: 'loss', outputs: { loss, ...scores } }, state);
      const results = await program.run(feeds);
      const value = (name: string): number => Number(results[name]!.data[0]);
      const near = (got: number, name: string): void => {
        const difference = Math.abs(got - expected.readFloat32(name)[0]!);
        assert.ok(difference < 5e-6, `${name} differs by ${difference}`);
      };
      near(value('loss'), 'loss');
      for (const [name, [total, count]] of Object.entries(parts)) near(value(total) / value(count), name);
    });

    for (const recompute of [false, true]) {
      it(`gives the same gradients and 10 AdamW steps${recompute ? ', activations recomputed' : ''}`, async () => {
        const state = device.createState();
        const source: LossSource = {
          trained: parameterShapes(config),
          lengths: [T],
          lossGraph: (length, trains) =>
            encoderLoss(encoderModel(config, B, length, trains), { positions: P }),
        };
        const step = await TrainStep.create(device, state, source, {
          ...stepSettings(training),
          recompute,
        });
        await setWeights(state);
        const view = (name: string): Float32Array => state.view(name) as Float32Array;
        const run = (at: number): Promise<{ loss: number; gradientNorm: number }> =>
          step.run(at, training.lr, [{ length: T, feeds }]);
        for (const [i, loss] of training.losses.entries()) {
          const result = await run(i + 1);
          const off = Math.abs(result.loss - loss);
          assert.ok(off < (i === 0 ? 5e-6 : 2e-5), `loss ${i} is off by ${off}`);
          const relative = Math.abs(result.gradientNorm / training.grad_norms[i]! - 1);
          assert.ok(relative < 2e-5, `gradient norm ${i} is off by ${relative}`);
          if (i === 0) compareGradients(view);
        }
        for (const [name, value] of Object.entries(training.param_norm_after_last_step)) {
          const relative = Math.abs(norm(view(name)) / value - 1);
          assert.ok(relative < 1e-5, `norm of ${name} is off by ${relative}`);
        }
        const { loss } = await run(training.losses.length + 1);
        assert.ok(Math.abs(loss - training.loss_after_last_step) < 2e-5, `last loss ${loss}`);
      });
    }

    function compareGradients(view: (name: string) => Float32Array): void {
      let compared = 0;
      for (const name of expected.names) {
        const [kind, parameter] = [name.slice(0, name.indexOf('/')), name.slice(name.indexOf('/') + 1)];
        if (kind === 'grad') {
          const worst = difference(view(gradientName(parameter)), expected.readFloat32(name));
          assert.ok(worst < 5e-6, `gradient of ${parameter} differs by ${worst}`);
        } else if (kind === 'grad_norm') {
          const value = expected.readFloat32(name)[0]!;
          const off = Math.abs(norm(view(gradientName(parameter))) - value);
          assert.ok(off < 1e-5 * value + 1e-6, `gradient norm of ${parameter}, ${value}, is off by ${off}`);
        } else continue;
        compared++;
      }
      assert.equal(compared, weights.size + 3, 'every parameter was compared');
    }
  });
}
