/** Adapters of tiny models against values that Hugging Face's PEFT gave (test/fixtures/parity/README.md). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readModelFolder } from '../../worker/checkpoints/folder.ts';
import { openAdapter, PEFT_PREFIX } from '../../worker/checkpoints/peft.ts';
import { SafetensorsFile } from '../../worker/checkpoints/safetensors.ts';
import type { TensorSource } from '../../worker/checkpoints/source.ts';
import type { Graph, Tensor } from '../../worker/graph/tensor.ts';
import { bertPooled, maskedLogits, nextSentenceLogits } from '../../worker/models/bert.ts';
import { isEncoder, type ModelConfig } from '../../worker/models/config.ts';
import { encoderModel } from '../../worker/models/encoder.ts';
import { encoderLoss } from '../../worker/models/encoder-losses.ts';
import { modelFromHuggingFace } from '../../worker/models/huggingface.ts';
import { putWeight } from '../../worker/models/load.ts';
import { type Adapter, adapterOf, adapterWeights, trainedShapes } from '../../worker/models/lora.ts';
import { sequenceModel } from '../../worker/models/sequence.ts';
import { loadParameters, openParameters } from '../../worker/models/weights.ts';
import type { Device } from '../../worker/runtime/device.ts';
import { openDevice } from '../../worker/runtime/open-device.ts';
import type { HostData } from '../../worker/runtime/session.ts';
import type { DeviceState } from '../../worker/runtime/state.ts';
import { gradientName } from '../../worker/training/gradients.ts';
import type { LossSource } from '../../worker/training/objective.ts';
import { nextTokenLoss } from '../../worker/training/objectives/next-token.ts';
import { TrainStep } from '../../worker/training/step.ts';
import { difference, norm, stepSettings, TrainingJson } from './golden.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/parity/', import.meta.url));
const [B, T] = [2, 17];
/** Rows for masked positions. */
const P = 12;

type Feeds = Readonly<Record<string, Int32Array>>;

/** The batch under the names of our feeds. */
function feedsOf(folder: string, config: ModelConfig): Feeds {
  const file = new SafetensorsFile(`${folder}/inputs.safetensors`);
  const ints = (name: string): Int32Array => Int32Array.from(file.readTyped(name), Number);
  const [ids, labels] = [ints('input_ids'), ints('labels')];
  if (!isEncoder(config)) {
    const targets = labels.map((_, i) => ((i + 1) % T === 0 ? -1 : Math.max(-1, labels[i + 1]!)));
    return { ids, targets };
  }
  const chosen = [...labels.keys()].filter((i) => labels[i]! >= 0);
  const padded = (values: number[], fill: number): Int32Array =>
    Int32Array.from({ length: P }, (_, i) => values[i] ?? fill);
  return {
    ids,
    mask: ints('attention_mask'),
    segments: ints('token_type_ids'),
    positions: padded(chosen, 0),
    targets: padded(
      chosen.map((at) => labels[at]!),
      -1,
    ),
    nextSentence: ints('next_sentence_label'),
  };
}

/** Logits under the names of lora_expected.safetensors, at all positions. */
function outputsOf(config: ModelConfig, adapter?: Adapter): Record<string, Tensor> {
  if (!isEncoder(config)) return { logits: sequenceModel(config, B, T, false, adapter).logits };
  const { scope, hidden, graph } = encoderModel(config, B, T, false, adapter);
  return {
    prediction_logits: maskedLogits(scope, config, hidden, everyPosition(graph)),
    seq_relationship_logits: nextSentenceLogits(scope, bertPooled(scope, config, hidden, B)),
  };
}

const everyPosition = (graph: Graph): Tensor => graph.feed('all', 'int32', [B * T]);

function lossOf(config: ModelConfig, adapter: Adapter): LossSource {
  if (!isEncoder(config)) return nextTokenLoss(config, { batch: B, context: T }, adapter);
  return {
    trained: trainedShapes(config, adapter),
    lengths: [T],
    lossGraph: (length, training) =>
      encoderLoss(encoderModel(config, B, length, training, adapter), { positions: P }),
  };
}

for (const family of ['gpt2', 'llama', 'bert']) {
  describe(`an adapter of ${family} as PEFT computes it`, () => {
    const folder = `${FIXTURES}${family}`;
    const base = readModelFolder(folder);
    const config = modelFromHuggingFace(base.config);
    const stored = openAdapter(`${folder}/lora`);
    const adapter = adapterOf(stored);
    const expected: TensorSource = new SafetensorsFile(`${folder}/lora/lora_expected.safetensors`);
    const feeds: Readonly<Record<string, HostData>> = {
      ...feedsOf(folder, config),
      all: Int32Array.from({ length: B * T }, (_, i) => i),
    };
    const mask = new SafetensorsFile(`${folder}/inputs.safetensors`).readTyped('attention_mask');
    /** Padding sees padding here and not there: what a decoder says after it means nothing. */
    const isReal = (row: number): boolean => isEncoder(config) || Number(mask[row]) === 1;
    let device: Device;
    before(async () => ({ device } = await openDevice('cpu', { threads: 2 })));
    after(async () => {
      await device.close();
      for (const file of [base.tensors, stored.file, expected]) file.close();
    });

    async function baseState(): Promise<DeviceState> {
      const state = device.createState();
      const { shapes, read } = openParameters(config, base.tensors);
      for (const [name, shape] of shapes) await putWeight({ name, shape, data: read(name) }, state, device);
      return state;
    }

    async function requireLogits(state: DeviceState, outputs: Record<string, Tensor>): Promise<void> {
      const program = await device.compile({ name: 'logits', outputs }, state);
      for (const [name, { data }] of Object.entries(await program.run(feeds))) {
        const worst = difference(data as Float32Array, expected.readFloat32(name), (i) =>
          isReal(Math.floor(i / (data.length / (B * T)))),
        );
        assert.ok(worst < 2e-5, `${name} differs by ${worst}`);
      }
    }

    it('adds the same to the logits', async () => {
      const state = await baseState();
      for (const weight of adapterWeights(stored)) await putWeight(weight, state, device);
      await requireLogits(state, outputsOf(config, adapter));
    });

    it('gives the same logits merged into its base', async () => {
      const merged = readModelFolder(`${folder}/lora`);
      assert.deepEqual(modelFromHuggingFace(merged.config), config);
      const state = device.createState();
      const values = loadParameters(config, merged.tensors);
      for (const [name, data] of values)
        await putWeight({ name, data, shape: merged.tensors.info(name).shape }, state, device);
      await requireLogits(state, outputsOf(config));
      merged.tensors.close();
    });

    it('learns the same in 10 AdamW steps, and leaves the base as it is', async () => {
      const training = TrainingJson.parse(
        JSON.parse(readFileSync(`${folder}/lora/lora_training.json`, 'utf8')),
      );
      const state = await baseState();
      const before = new Map(
        [...openParameters(config, base.tensors).shapes.keys()].map((name) => [
          name,
          (state.view(name) as Float32Array).slice(),
        ]),
      );
      const step = await TrainStep.create(device, state, lossOf(config, adapter), {
        ...stepSettings(training),
        recompute: false,
      });
      for (const weight of adapterWeights(stored)) await putWeight(weight, state, device);
      const batch = { length: T, feeds };
      for (const [i, loss] of training.losses.entries()) {
        const result = await step.run(i + 1, training.lr, [batch]);
        assert.ok(Math.abs(result.loss - loss) < 2e-5, `loss ${i} is ${result.loss}, expected ${loss}`);
        const relative = Math.abs(result.gradientNorm / training.grad_norms[i]! - 1);
        assert.ok(relative < 2e-5, `gradient norm ${i} is off by ${relative}`);
        if (i === 0) compareGradients(state);
      }
      for (const [stored, value] of Object.entries(training.param_norm_after_last_step)) {
        const got = norm(state.view(stored.slice(PEFT_PREFIX.length)) as Float32Array);
        assert.ok(Math.abs(got / value - 1) < 1e-5, `norm of ${stored} is ${got}, expected ${value}`);
      }
      for (const [name, values] of before) {
        assert.deepEqual(state.view(name), values, name);
        assert.ok(!state.has(gradientName(name)), name);
      }
    });

    function compareGradients(state: DeviceState): void {
      const names = expected.names.filter((name) => name.startsWith('grad_norm/'));
      assert.equal(names.length, 2 * adapter.layers.size);
      for (const name of names) {
        const parameter = name.slice(`grad_norm/${PEFT_PREFIX}`.length);
        const value = expected.readFloat32(name)[0]!;
        const got = norm(state.view(gradientName(parameter)) as Float32Array);
        assert.ok(Math.abs(got - value) < 1e-5 * value + 1e-6, `${parameter}: ${got}, expected ${value}`);
      }
    }
  });
}
