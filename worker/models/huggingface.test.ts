import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { ClozeError } from '../base/errors.ts';
import type { GptConfig, ModelConfig } from './config.ts';
import { checkGptConfig, GptConfigSchema } from './config.ts';
import { fromHuggingFace, modelFromHuggingFace, readSpecialIds, toHuggingFace } from './huggingface.ts';
import { PRESET_NAMES, preset, PRESETS } from './presets.ts';

const parity = join(import.meta.dirname, '../../test/fixtures/parity');

function parityConfig(folder: string): Record<string, unknown> {
  const text = readFileSync(join(parity, folder, 'config.json'), 'utf8');
  return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
}

/** Through JSON, as a file would have it. */
function roundtrip(config: ModelConfig): ModelConfig {
  return modelFromHuggingFace(
    z.record(z.string(), z.unknown()).parse(JSON.parse(JSON.stringify(toHuggingFace(config)))),
  );
}

const llama: GptConfig = fromHuggingFace(parityConfig('llama'));
const qwen2: GptConfig = fromHuggingFace(parityConfig('qwen2'));

describe('config.json of transformers', () => {
  const shape = { vocab: 211, context: 64, layers: 2, width: 48, heads: 4, headWidth: 12 };
  const expected: Record<string, Partial<GptConfig>> = {
    gpt2: { ...shape, layout: 'gpt2', kvHeads: 4, feedForward: 192, activation: 'gelu_tanh', tiedHead: true },
    'openai-gpt': {
      ...shape,
      layout: 'openai-gpt',
      kvHeads: 4,
      normPlacement: 'post',
      activation: 'gelu_tanh',
    },
    llama: {
      ...shape,
      layout: 'llama',
      kvHeads: 2,
      feedForward: 96,
      normEpsilon: 1e-5,
      bias: 'none',
      tiedHead: false,
    },
    qwen2: {
      ...shape,
      layout: 'qwen2',
      kvHeads: 2,
      feedForward: 96,
      normEpsilon: 1e-6,
      bias: 'qkv',
      tiedHead: true,
    },
    gpt_bigcode: { ...shape, layout: 'gpt_bigcode', kvHeads: 1, feedForward: 96, activation: 'gelu_tanh' },
    starcoder2: {
      ...shape,
      layout: 'starcoder2',
      kvHeads: 2,
      feedForward: 96,
      norm: 'layernorm',
      positions: 'rotary',
      activation: 'gelu_tanh',
      bias: 'all',
      tiedHead: true,
    },
    mixtral: {
      ...{ ...shape, width: 32, headWidth: 8 },
      layout: 'mixtral',
      kvHeads: 2,
      feedForward: 40,
      ropeTheta: 1e6,
      bias: 'none',
      experts: 4,
      expertsPerToken: 2,
      balance: 0.02,
    },
  };
  for (const [folder, fields] of Object.entries(expected)) {
    it(`${folder}: read, and written so that transformers' keys come out the same`, () => {
      const theirs = parityConfig(folder);
      const config = fromHuggingFace(theirs);
      assert.deepEqual({ ...config, ...fields }, config);
      const ours = toHuggingFace(config, readSpecialIds(theirs));
      assert.equal(ours.cloze, undefined);
      for (const [key, value] of Object.entries(ours)) {
        if (theirs[key] !== undefined && theirs[key] !== null) assert.deepEqual(value, theirs[key], key);
      }
      assert.deepEqual(roundtrip(config), config);
    });
  }

  it('mistral is a llama, with as many positions as its window has', () => {
    const theirs = parityConfig('mistral');
    const config = fromHuggingFace(theirs);
    assert.deepEqual([config.layout, config.kvHeads, config.bias, config.context], ['llama', 2, 'none', 64]);
    assert.equal(fromHuggingFace({ ...theirs, sliding_window: 24 }).context, 24);
    const published = fromHuggingFace({ model_type: 'mistral' });
    assert.deepEqual([published.context, published.kvHeads, published.feedForward], [4096, 8, 14336]);
  });

  it('missing keys have the defaults of transformers', () => {
    assert.deepEqual(fromHuggingFace({ model_type: 'gpt2' }), PRESETS.gpt2);
    assert.deepEqual(fromHuggingFace({ model_type: 'openai-gpt' }), PRESETS.gpt1);
    const first = fromHuggingFace({ model_type: 'llama' });
    const { vocab, width, feedForward, layers, heads, kvHeads, headWidth, context, normEpsilon, tiedHead } =
      first;
    assert.deepEqual(
      [vocab, width, feedForward, layers, heads, kvHeads, headWidth, context, normEpsilon, tiedHead],
      [32000, 4096, 11008, 32, 32, 32, 128, 2048, 1e-6, false],
    );
    const mixture = fromHuggingFace({ model_type: 'mixtral' });
    assert.deepEqual(
      [mixture.experts, mixture.expertsPerToken, mixture.balance, mixture.ropeTheta, mixture.context],
      [8, 2, 0.001, 1e6, 131072],
    );
    const second = fromHuggingFace({ model_type: 'qwen2' });
    assert.deepEqual(
      [second.vocab, second.feedForward, second.kvHeads, second.context, second.tiedHead],
      [151936, 22016, 32, 32768, false],
    );
  });

  it('theta is read from either place', () => {
    const read = (json: object) => fromHuggingFace({ model_type: 'llama', ...json }).ropeTheta;
    assert.equal(read({ rope_theta: 5e5 }), 5e5);
    assert.equal(read({ rope_parameters: { rope_type: 'default', rope_theta: 1e6 } }), 1e6);
    assert.equal(read({ rope_scaling: null }), 10000);
  });

  it('experts that are not balanced come back, though transformers takes no 0 for a float', () => {
    const config = { ...fromHuggingFace(parityConfig('mixtral')), balance: 0 };
    const { router_aux_loss_coef: coefficient, output_router_logits: learns } = toHuggingFace(config);
    assert.deepEqual([coefficient, learns], [undefined, false]);
    assert.deepEqual(roundtrip(config), config);
  });

  it('n_inner is the width of the feed-forward layer', () => {
    assert.equal(fromHuggingFace({ model_type: 'gpt2', n_inner: 1000 }).feedForward, 1000);
  });

  const refused: [model: string, fields: object, message: RegExp][] = [
    [
      'gpt2',
      { activation_function: 'relu' },
      /activation_function "relu" is not supported, expected gelu or gelu_new/,
    ],
    ['gpt2', { scale_attn_weights: false }, /scale_attn_weights false/],
    ['gpt2', { cloze: { experts: 4 } }, /layout gpt2 has no tensors for experts/],
    ['mixtral', { router_jitter_noise: 0.1 }, /router_jitter_noise 0.1 .* expected 0/],
    ['mixtral', { num_local_experts: 1 }, /model.expertsPerToken 2 is more than model.experts 1/],
    ['mixtral', { cloze: { bias: 'all' } }, /experts with a gate and no biases/],
    ['gpt2', { scale_attn_by_inverse_layer_idx: true }, /scale_attn_by_inverse_layer_idx true/],
    ['gpt2', { add_cross_attention: true }, /add_cross_attention true/],
    ['gpt2', { n_layer: '12' }, /n_layer: .*expected/],
    ['gpt2', { n_head: 7 }, /model\.width 768 is not model\.heads 7/],
    ['openai-gpt', { afn: 'swish' }, /afn "swish" is not supported, expected gelu/],
    ['llama', { hidden_act: 'gelu' }, /hidden_act "gelu" is not supported, expected silu/],
    [
      'llama',
      { rope_scaling: { type: 'linear', factor: 2 } },
      /rope_scaling.type "linear" is not supported, expected default/,
    ],
    ['llama', { rope_parameters: { rope_type: 'yarn' } }, /rope_parameters.rope_type "yarn"/],
    [
      'llama',
      { attention_bias: true },
      /attention_bias true is not supported, expected the same as mlp_bias, false/,
    ],
    ['llama', { partial_rotary_factor: 0.5 }, /partial_rotary_factor 0\.5/],
    ['llama', { quantization_config: { bits: 4 } }, /quantization_config .* expected none/],
    ['llama', { num_attention_heads: 7 }, /num_attention_heads 7 .* a divisor of hidden_size, 4096/],
    ['llama', { num_key_value_heads: 5 }, /model\.heads 32 is not a multiple of model\.kvHeads 5/],
    ['qwen2', { use_sliding_window: true }, /use_sliding_window true is not supported/],
    ['qwen2', { layer_types: ['full_attention', 'sliding_attention'] }, /layer_types "sliding_attention"/],
    [
      't5',
      {},
      /here: unknown architecture: model_type "t5", expected gpt2, openai-gpt, gpt_bigcode, llama, mistral, qwen2, starcoder2, mixtral, bert, roberta, distilbert, cloze/,
    ],
  ];
  for (const [model, fields, message] of refused) {
    it(`is refused: ${model} ${JSON.stringify(fields)}`, () => {
      assert.throws(
        () => fromHuggingFace({ model_type: model, ...fields }, 'here'),
        (error: unknown) => {
          assert.ok(error instanceof ClozeError);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  it('is refused without a model_type', () => {
    assert.throws(() => fromHuggingFace({}), /config\.json: unknown architecture: no model_type/);
  });

  it('a sliding window that never slides is accepted', () => {
    const window = { model_type: 'qwen2', use_sliding_window: true };
    fromHuggingFace({ ...window, sliding_window: 32768 });
    fromHuggingFace({ ...window, num_hidden_layers: 24, max_window_layers: 24 });
  });
});

describe('config.json of ours', () => {
  it('keeps every preset', () => {
    for (const name of PRESET_NAMES) assert.deepEqual(roundtrip(preset(name)), preset(name), name);
  });

  it('names what transformers has no word for under `cloze`, and keeps the architecture', () => {
    const cases: [GptConfig, string, object][] = [
      [{ ...PRESETS.gpt2, bias: 'none' }, 'gpt2', { bias: 'none' }],
      [{ ...PRESETS.gpt2, bias: 'qkv', ropeTheta: 5 }, 'gpt2', { ropeTheta: 5, bias: 'qkv' }],
      [{ ...llama, bias: 'qkv' }, 'llama', { bias: 'qkv' }],
      [{ ...llama, residualDropout: 0.2 }, 'llama', { residualDropout: 0.2 }],
      [{ ...qwen2, bias: 'none' }, 'qwen2', { bias: 'none' }],
    ];
    for (const [config, type, cloze] of cases) {
      const json = toHuggingFace(config);
      assert.equal(json.model_type, type);
      assert.deepEqual(json.cloze, cloze);
      assert.deepEqual(roundtrip(config), config);
    }
    assert.equal(toHuggingFace({ ...llama, bias: 'qkv' }).attention_bias, true);
  });

  it('is of type cloze where no architecture of transformers computes the model', () => {
    const others: GptConfig[] = [
      { ...PRESETS.gpt2, positions: 'rotary' },
      { ...PRESETS.gpt2, kvHeads: 1 },
      { ...PRESETS.gpt2, norm: 'rmsnorm' },
      { ...PRESETS.gpt2, normPlacement: 'post' },
      { ...PRESETS.gpt1, feedForward: 100 },
      { ...PRESETS.gpt1, activation: 'gelu' },
      { ...llama, activation: 'gelu' },
      { ...qwen2, bias: 'all' },
    ];
    for (const config of others) {
      assert.equal(toHuggingFace(config).model_type, 'cloze');
      assert.deepEqual(roundtrip(config), config);
    }
  });

  it('keeps every combination that is sound', () => {
    const pick = <T>(...values: T[]) => values;
    let kept = 0;
    for (const layout of pick('gpt2', 'openai-gpt', 'gpt_bigcode', 'llama', 'qwen2', 'starcoder2'))
      for (const norm of pick('layernorm', 'rmsnorm'))
        for (const normPlacement of pick('pre', 'post'))
          for (const positions of pick('learned', 'rotary'))
            for (const activation of pick('gelu', 'gelu_tanh', 'swiglu'))
              for (const bias of pick('all', 'qkv', 'none'))
                for (const tiedHead of pick(true, false))
                  for (const kvHeads of pick(4, 2)) {
                    if (activation === 'swiglu' && layout !== 'llama' && layout !== 'qwen2') continue;
                    const base = { vocab: 9, context: 8, layers: 1, width: 48, heads: 4, headWidth: 12 };
                    const style = {
                      layout,
                      norm,
                      normPlacement,
                      positions,
                      activation,
                      bias,
                      tiedHead,
                      kvHeads,
                    };
                    const config = checkGptConfig(
                      GptConfigSchema.parse({ ...base, ...style, feedForward: 192 }),
                    );
                    assert.deepEqual(roundtrip(config), config);
                    kept++;
                  }
    assert.equal(kept, 1344);
  });

  it('carries special token ids, and has none where none are given', () => {
    const ids = { bos_token_id: 1, eos_token_id: [2, 3] };
    assert.deepEqual(readSpecialIds(toHuggingFace(PRESETS.gpt2, ids)), ids);
    assert.deepEqual(readSpecialIds(toHuggingFace(PRESETS.gpt2)), { bos_token_id: null, eos_token_id: null });
    assert.throws(() => readSpecialIds({ eos_token_id: 'x' }, 'there'), /there: eos_token_id/);
  });

  it('is refused when `cloze` holds what is no field', () => {
    assert.throws(() => fromHuggingFace({ model_type: 'gpt2', cloze: { biass: 'none' } }), /biass/);
    assert.throws(() => fromHuggingFace({ model_type: 'gpt2', cloze: 3 }), /config\.json: cloze: .*expected/);
    assert.throws(() => fromHuggingFace({ model_type: 'cloze' }), /vocab: .*expected/);
  });
});
