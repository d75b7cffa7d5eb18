/** Tiny decoders against values that Hugging Face's own code gave (test/fixtures/parity/README.md). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openTensors } from '../../worker/checkpoints/sharded.ts';
import { SafetensorsFile } from '../../worker/checkpoints/safetensors.ts';
import type { TensorSource } from '../../worker/checkpoints/source.ts';
import { readModelFolder } from '../../worker/checkpoints/folder.ts';
import type { Tensor } from '../../worker/graph/tensor.ts';
import { fromHuggingFace } from '../../worker/models/huggingface.ts';
import { parameterShapes } from '../../worker/models/layout.ts';
import { sequenceModel } from '../../worker/models/sequence.ts';
import { loadParameters } from '../../worker/models/weights.ts';
import type { Device } from '../../worker/runtime/device.ts';
import { openDevice } from '../../worker/runtime/open-device.ts';
import type { Results } from '../../worker/runtime/program.ts';
import { gradientName } from '../../worker/training/gradients.ts';
import { nextTokenLoss, tokenFeeds } from '../../worker/training/objectives/next-token.ts';
import { TrainStep } from '../../worker/training/step.ts';
import { difference, norm, stepSettings, TrainingJson } from './golden.ts';
import { DECODER_FIXTURES } from '../support/decoder-fixtures.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/parity/', import.meta.url));
const B = 2;
const T = 17;
const window = { batch: B, context: T };

/** The ids of the batch, and the targets: labels moved by one, with what must not count as -1. */
function batch(folder: string): { inputs: Int32Array; targets: Int32Array; mask: Int32Array } {
  const file = new SafetensorsFile(`${folder}/inputs.safetensors`);
  const ints = (name: string): Int32Array => Int32Array.from(file.readTyped(name), Number);
  const labels = ints('labels');
  const targets = labels.map((_, i) => ((i + 1) % T === 0 ? -1 : Math.max(-1, labels[i + 1]!)));
  return { inputs: ints('input_ids'), targets, mask: ints('attention_mask') };
}

for (const family of DECODER_FIXTURES) {
  describe(`${family} as Hugging Face computes it`, () => {
    const folder = `${FIXTURES}${family}`;
    const config = fromHuggingFace(readModelFolder(folder).config);
    const weights = loadParameters(config, openTensors(folder));
    const expected: TensorSource = new SafetensorsFile(`${folder}/expected.safetensors`);
    const { inputs, targets, mask } = batch(folder);
    let device: Device;
    before(async () => ({ device } = await openDevice('cpu', { threads: 2 })));
    after(() => device.close());

    it('gives the same logits, hidden states and attention maps', async () => {
      const state = device.createState();
      for (const [name, shape] of parameterShapes(config)) {
        await state.write(name, { dtype: 'float32', shape, data: weights.get(name)! });
      }
      const { scope, logits } = sequenceModel(config, B, T, false);
      const outputs: Record<string, Tensor> = { logits };
      for (const [name, tensor] of scope.probes) {
        const hidden = /hidden\.(\d+)$/.exec(name);
        const attention = /\.(\d+)\.\w+\.weights$/.exec(name);
        const router = /\.(\d+)\.\w+\.router\.logits$/.exec(name);
        if (hidden) outputs[`hidden_states.${hidden[1]!}`] = tensor;
        if (attention) outputs[`attentions.${attention[1]!}`] = tensor;
        if (router) outputs[`router_logits.${router[1]!}`] = tensor;
      }
      const inner = /^(logits|hidden_states|attentions|router_logits)/;
      assert.deepEqual(
        Object.keys(outputs).sort(),
        expected.names.filter((name) => inner.test(name)),
      );
      const results: Results = await (
        await device.compile({ name: 'parity', outputs }, state)
      ).run({ ids: inputs });
      for (const [name, { data }] of Object.entries(results)) {
        const perRow = data.length / (B * T);
        // a padded query attends to padding here and not there, and means nothing in either
        const real = (i: number): boolean =>
          name.startsWith('attentions')
            ? mask[Math.floor(i / (data.length / B)) * T + (Math.floor(i / T) % T)] === 1
            : mask[Math.floor(i / perRow)] === 1;
        const worst = difference(data as Float32Array, expected.readFloat32(name), real);
        assert.ok(worst < (name.startsWith('attentions') ? 2e-6 : 2e-5), `${name} differs by ${worst}`);
      }
    });

    for (const recompute of [false, true]) {
      it(`gives the same gradients and 10 AdamW steps${recompute ? ', activations recomputed' : ''}`, async () => {
        const training = TrainingJson.parse(JSON.parse(readFileSync(`${folder}/training.json`, 'utf8')));
        const state = device.createState();
        const step = await TrainStep.create(device, state, nextTokenLoss(config, window), {
          ...stepSettings(training),
          recompute,
        });
        for (const [name, shape] of parameterShapes(config)) {
          await state.write(name, { dtype: 'float32', shape, data: weights.get(name)! });
        }
        for (const [i, loss] of training.losses.entries()) {
          const result = await step.run(i + 1, training.lr, [tokenFeeds({ inputs, targets }, window)]);
          assert.ok(
            Math.abs(result.loss - loss) < (i === 0 ? 5e-6 : 2e-5),
            `loss ${i}: ${result.loss}, expected ${loss}`,
          );
          const relative = Math.abs(result.gradientNorm / training.grad_norms[i]! - 1);
          assert.ok(relative < 2e-5, `gradient norm ${i} is off by ${relative}`);
          if (i === 0) compareGradients(state.view.bind(state) as (name: string) => Float32Array);
        }
        for (const [name, value] of Object.entries(training.param_norm_after_last_step)) {
          const got = norm(state.view(name) as Float32Array);
          assert.ok(Math.abs(got / value - 1) < 1e-5, `norm of ${name} is ${got}, expected ${value}`);
        }
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
          const got = norm(view(gradientName(parameter)));
          assert.ok(
            Math.abs(got - value) < 1e-5 * value + 1e-6,
            `gradient norm of ${parameter}: ${got}, expected ${value}`,
          );
        } else continue;
        compared++;
      }
      assert.ok(compared > weights.size, 'every parameter was compared');
    }
  });
}
