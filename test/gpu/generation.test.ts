/** Decoding over a cache on a GPU (a software one where there is no other) beside whole sequences on `cpu`. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Decoder } from '../../worker/generation/decoder.ts';
import { randomParameters, smallConfig } from '../../worker/generation/test-support.ts';
import type { GptConfig } from '../../worker/models/config.ts';
import { initialWeights } from '../../worker/models/initialise.ts';
import { quantisedForGeneration, stateValues } from '../../worker/models/quantised.ts';
import { sequenceModel } from '../../worker/models/sequence.ts';
import { WeightFile } from '../../worker/models/weight-file.ts';
import type { Device } from '../../worker/runtime/device.ts';
import { openDevice } from '../../worker/runtime/open-device.ts';

const llama = {
  layout: 'llama',
  norm: 'rmsnorm',
  positions: 'rotary',
  activation: 'swiglu',
  bias: 'none',
  tiedHead: false,
} as const;

const MODELS: Readonly<Record<string, GptConfig>> = {
  'GPT-2-shaped, long': smallConfig({ vocab: 61, context: 160 }),
  'GPT-2-shaped, heads of width 12': smallConfig({ vocab: 61, width: 48, headWidth: 12 }),
  'Llama-shaped, GQA': smallConfig({ vocab: 61, ...llama, kvHeads: 2 }),
  'Llama-shaped, MQA': smallConfig({ vocab: 61, ...llama, kvHeads: 1 }),
  'Mixtral-shaped': smallConfig({ vocab: 61, ...llama, layout: 'mixtral', experts: 4 }),
};

describe('decoding on webgpu', () => {
  let gpu: Device;
  let cpu: Device;
  before(async () => {
    ({ device: gpu } = await openDevice('webgpu'));
    ({ device: cpu } = await openDevice('cpu', { threads: 1 }));
  });
  after(async () => {
    await gpu.close();
    await cpu.close();
  });

  for (const [name, config] of Object.entries(MODELS)) {
    it(`${name}: the logits of the whole sequence`, async () => {
      const tokens = Array.from({ length: config.context }, (_, i) => (i * i * 5 + 1) % 61);
      const { logits } = sequenceModel(config, 1, tokens.length, false);
      const whole = await cpu.compile(
        { name: 'sequence', outputs: { logits } },
        await randomParameters(cpu, config),
      );
      const all = (await whole.run({ ids: Int32Array.from(tokens) })).logits!.data as Float32Array;
      const decoder = await Decoder.create(gpu, config, await randomParameters(gpu, config));
      const check = (actual: Float32Array): void => {
        const at = (decoder.tokens.length - 1) * config.vocab;
        const worst = Math.max(...actual.map((value, i) => Math.abs(value - all[at + i]!)));
        assert.ok(worst < 1e-4, `after ${decoder.tokens.length} tokens: logits differ by ${worst}`);
      };
      check((await decoder.prefill(tokens.slice(0, 5))).logits);
      check(await decoder.append(tokens.slice(5, 6)));
      check(await decoder.append(tokens.slice(6, 7)));
      check(await decoder.append(tokens.slice(7, 40)));
      const { reused, logits: again } = await decoder.prefill(tokens.slice(0, 12));
      assert.equal(reused, 11);
      check(again);
      check(await decoder.append(tokens.slice(12)));
      await decoder.dispose();
    });
  }

  for (const name of ['GPT-2-shaped, long', 'Mixtral-shaped']) {
    it(`${name}, with weights of 4 and 8 bits: what \`cpu\` says with them`, () => saysAlike(MODELS[name]!));
  }

  async function saysAlike(config: GptConfig): Promise<void> {
    const quantised = { ...quantisedForGeneration(config, 'int4')!, rounded: false };
    const folder = mkdtempSync(join(tmpdir(), 'cloze-gpu-'));
    const says = async (device: Device): Promise<Float32Array> => {
      const state = device.createState();
      const file = new WeightFile(folder);
      for (const value of stateValues(config, quantised, initialWeights(config, 3))) {
        if (value.name.endsWith('.codes') || value.name.endsWith('.scales') || device.onHost)
          file.add(value, state);
        else await state.write(value.name, value);
      }
      file.close();
      const decoder = await Decoder.create(device, config, state, { quantised });
      await decoder.prefill([5, 4, 3, 2, 1]);
      const logits = (await decoder.append([7])).slice();
      await decoder.dispose();
      file.remove();
      return logits;
    };
    const [here, there] = [await says(cpu), await says(gpu)];
    const worst = Math.max(...here.map((value, i) => Math.abs(value - there[i]!)));
    assert.ok(worst < 1e-4, `logits differ by ${worst}`);
    rmSync(folder, { recursive: true });
  }
});
