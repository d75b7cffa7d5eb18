/** Decoders of several shapes against a plain PyTorch one: logits, every gradient, AdamW with clipping and decay groups. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { Random } from '../../worker/base/random.ts';
import { type GptConfig, GptConfigSchema } from '../../worker/models/config.ts';
import { sequenceModel } from '../../worker/models/sequence.ts';
import { type Device, openDevice } from '../../worker/runtime/device.ts';
import type { DeviceState } from '../../worker/runtime/state.ts';
import { gradientName } from '../../worker/training/gradients.ts';
import { nextTokenLoss, tokenFeeds } from '../../worker/training/objectives/next-token.ts';
import { TrainStep } from '../../worker/training/step.ts';
import { relativeError } from '../support/op-cases.ts';
import { pythonWithTorch } from '../support/python.ts';
import { randomWeights } from '../support/random-weights.ts';

const B = 3;
const T = 11;
const window = { batch: B, context: T };
const tiny = {
  vocab: 53,
  context: 16,
  layers: 2,
  width: 24,
  heads: 4,
  kvHeads: 4,
  headWidth: 6,
  feedForward: 48,
};
const llama = {
  layout: 'llama',
  norm: 'rmsnorm',
  positions: 'rotary',
  activation: 'swiglu',
  bias: 'none',
  tiedHead: false,
};

const MODELS: Readonly<Record<string, GptConfig>> = {
  'GPT-2-shaped': GptConfigSchema.parse(tiny),
  'GPT-1-shaped': GptConfigSchema.parse({ ...tiny, layout: 'openai-gpt', normPlacement: 'post' }),
  'Llama-shaped, GQA': GptConfigSchema.parse({ ...tiny, ...llama, kvHeads: 2 }),
  'Qwen2-shaped, tied head': GptConfigSchema.parse({
    ...tiny,
    ...llama,
    layout: 'qwen2',
    kvHeads: 2,
    bias: 'qkv',
    tiedHead: true,
  }),
  'GPT-2 layout, MQA, exact GELU, no biases': GptConfigSchema.parse({
    ...tiny,
    kvHeads: 1,
    activation: 'gelu',
    bias: 'none',
  }),
};

const FUSED = {
  layers: 'transformer.h',
  attention: 'attn',
  norm1: 'ln_1',
  norm2: 'ln_2',
  lastNorm: 'transformer.ln_f',
};
const SPLIT = {
  layers: 'model.layers',
  attention: 'self_attn',
  norm1: 'input_layernorm',
  norm2: 'post_attention_layernorm',
  lastNorm: 'model.norm',
  tokens: 'model.embed_tokens.weight',
};
const NAMES: Readonly<Partial<Record<GptConfig['layout'], Readonly<Record<string, string>>>>> = {
  gpt2: { ...FUSED, tokens: 'transformer.wte.weight', positions: 'transformer.wpe.weight' },
  'openai-gpt': {
    ...FUSED,
    tokens: 'transformer.tokens_embed.weight',
    positions: 'transformer.positions_embed.weight',
  },
  llama: SPLIT,
  qwen2: SPLIT,
};

const optimizer = {
  steps: 10,
  learningRate: 3e-3,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0.1,
  clip: 0.5,
};

const numbers = z.array(z.number());
const Answer = z.object({
  logits: numbers,
  gradients: z.record(z.string(), numbers),
  losses: numbers,
  norms: numbers,
  weights: z.record(z.string(), numbers),
});

for (const [title, config] of Object.entries(MODELS)) {
  describe(`${title}, as PyTorch computes it`, () => {
    const weights = randomWeights(config);
    const random = new Random(1, title);
    const ids = Int32Array.from({ length: B * T }, () => random.integer(config.vocab));
    const targets = Int32Array.from({ length: B * T }, (_, i) =>
      i % 7 === 3 ? -1 : random.integer(config.vocab),
    );
    let device: Device;
    let state: DeviceState;
    let expected: z.infer<typeof Answer>;

    before(async () => {
      const request = {
        config,
        names: NAMES[config.layout],
        batch: B,
        length: T,
        ids: [...ids],
        targets: [...targets],
        optimizer,
        weights: Object.fromEntries(
          [...weights].map(([name, { shape, data }]) => [name, { shape, data: [...data] }]),
        ),
      };
      const script = fileURLToPath(new URL('decoder.py', import.meta.url));
      const python = spawnSync(pythonWithTorch(), [script], {
        input: JSON.stringify(request),
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      });
      assert.equal(python.status, 0, python.stderr);
      expected = Answer.parse(JSON.parse(python.stdout));
      ({ device } = await openDevice('cpu', { threads: 2 }));
      state = device.createState();
    });
    after(() => device.close());

    it('logits, every gradient, and 10 AdamW steps agree', async () => {
      const step = await TrainStep.create(device, state, nextTokenLoss(config, window), {
        ...optimizer,
        accumulate: 1,
        recompute: false,
        seed: 0,
        decay: 'matrices',
      });
      for (const [name, { shape, data }] of weights)
        await state.write(name, { dtype: 'float32', shape, data });

      const { logits } = sequenceModel(config, B, T, false);
      const forward = await device.compile({ name: 'logits', outputs: { logits } }, state);
      const got = (await forward.run({ ids })).logits!.data as Float32Array;
      const worst = expected.logits.reduce((max, v, i) => Math.max(max, Math.abs(v - got[i]!)), 0);
      assert.ok(worst < 1e-5, `logits differ by ${worst}`);

      for (let i = 0; i < optimizer.steps; i++) {
        const result = await step.run(i + 1, optimizer.learningRate, [
          tokenFeeds({ inputs: ids, targets }, window),
        ]);
        assert.ok(
          Math.abs(result.loss - expected.losses[i]!) < 2e-5,
          `loss ${i}: ${result.loss}, expected ${expected.losses[i]!}`,
        );
        assert.ok(Math.abs(result.gradientNorm / expected.norms[i]! - 1) < 1e-4, `gradient norm ${i}`);
        if (i > 0) continue;
        for (const [name, values] of Object.entries(expected.gradients)) {
          const error = relativeError(state.view(gradientName(name)) as Float32Array, values);
          assert.ok(error < 1e-4, `gradient of ${name}: relative error ${error}`);
        }
      }
      for (const [name, values] of Object.entries(expected.weights)) {
        const error = relativeError(state.view(name) as Float32Array, values);
        // Adam turns the rounding noise of a key bias, whose gradient is zero, into steps of its own
        if (!/(c_attn|k_proj)\.bias$/.test(name))
          assert.ok(error < 1e-3, `${name} after the last step: relative error ${error}`);
      }
    });
  });
}
