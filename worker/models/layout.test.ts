import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClozeError } from '../base/errors.ts';
import type { GptConfig } from './config.ts';
import { BertConfigSchema, checkModelConfig } from './config.ts';
import { withHead } from './bert-config.ts';
import { countActiveParameters, countParameters, parametersByModule, parameterShapes } from './layout.ts';
import { preset, PRESET_NAMES, PRESETS } from './presets.ts';

describe('presets', () => {
  const published: Record<string, number> = {
    gpt1: 116_534_784,
    gpt2: 124_439_808,
    'gpt2-medium': 354_823_168,
    'gpt2-large': 774_030_080,
    'gpt2-xl': 1_557_611_200,
    'gpt3-175b': 174_604_259_328,
    'mixtral-8x7b': 46_702_792_704,
    'bert-tiny': 4_385_920,
    'bert-mini': 11_170_560,
    'bert-small': 28_763_648,
    'bert-medium': 41_373_184,
    'bert-base': 109_482_240,
    'bert-large': 335_141_888,
    'roberta-base': 124_645_632,
    'distilbert-base': 66_362_880,
  };
  for (const [name, count] of Object.entries(published)) {
    it(`${name} has ${count} parameters`, () => assert.equal(countParameters(preset(name)), count));
  }

  it('are sound configurations', () => {
    for (const name of PRESET_NAMES) checkModelConfig(preset(name));
  });

  it('are listed when the name is unknown', () => {
    assert.throws(
      () => preset('gpt5'),
      (error: unknown) =>
        error instanceof ClozeError &&
        error.code === 'usage' &&
        /unknown preset gpt5, expected one of gpt-nano, .*mixtral-8x7b, bert-tiny, .*distilbert-base/.test(
          error.message,
        ),
    );
  });
});

describe('parameters of a mixture of experts', () => {
  it('those that compute a token are fewer: of Mixtral 8x7B 12.9 of 46.7 billion', () => {
    assert.equal(countActiveParameters(PRESETS['mixtral-8x7b']), 12_879_925_248);
    assert.equal(countActiveParameters(PRESETS.gpt2), countParameters(PRESETS.gpt2));
  });

  it('are a router and experts in the place of the feed-forward layer', () => {
    const config = PRESETS['moe-micro'];
    const [, layer] = parametersByModule(config).children;
    const mlp = layer?.children.find(({ name }) => name === 'mlp');
    assert.deepEqual(
      mlp?.children.map(({ name, parameters }) => [name, parameters]),
      [
        ['router', 8 * 128],
        ...Array.from({ length: 8 }, (_, e) => [`expert ${e}`, 3 * 128 * config.feedForward]),
      ],
    );
  });
});

describe('parameters by module', () => {
  it('add up at every level', () => {
    const check = (module: ReturnType<typeof parametersByModule>): void => {
      if (module.children.length === 0) return;
      assert.equal(
        module.children.reduce((sum, child) => sum + child.parameters, 0),
        module.parameters,
        module.name,
      );
      module.children.forEach(check);
    };
    for (const name of PRESET_NAMES) {
      const tree = parametersByModule(preset(name));
      assert.equal(tree.parameters, countParameters(preset(name)));
      check(tree);
    }
  });

  it('of GPT-2 are embeddings, layers and the final norm', () => {
    const tree = parametersByModule(PRESETS.gpt2);
    assert.deepEqual(
      tree.children.map((child) => child.name),
      ['embeddings', ...Array.from({ length: 12 }, (_, i) => `layer ${i}`), 'final norm'],
    );
    const [embeddings, layer] = tree.children;
    assert.deepEqual(
      embeddings?.children.map((child) => [child.name, child.parameters]),
      [
        ['tokens', 50257 * 768],
        ['positions', 1024 * 768],
      ],
    );
    assert.deepEqual(
      layer?.children.map((child) => [child.name, child.parameters]),
      [
        ['norms', 4 * 768],
        ['attention', 768 * 2304 + 2304 + 768 * 768 + 768],
        ['mlp', 768 * 3072 + 3072 + 3072 * 768 + 768],
      ],
    );
  });
});

describe('parameter names and shapes', () => {
  const tiny: GptConfig = {
    ...PRESETS['gpt-nano'],
    vocab: 10,
    context: 7,
    layers: 1,
    feedForward: 20,
    bias: 'all',
  };
  const listed = (config: GptConfig) => Object.fromEntries(parameterShapes(config));

  it('gpt2 with grouped heads, RMSNorm, rotary positions, biases on qkv, and a head of its own', () => {
    const config: GptConfig = {
      ...tiny,
      kvHeads: 1,
      norm: 'rmsnorm',
      positions: 'rotary',
      bias: 'qkv',
      tiedHead: false,
    };
    assert.deepEqual(listed(config), {
      'transformer.wte.weight': [10, 48],
      'transformer.h.0.ln_1.weight': [48],
      'transformer.h.0.attn.c_attn.weight': [48, 80],
      'transformer.h.0.attn.c_attn.bias': [80],
      'transformer.h.0.attn.c_proj.weight': [48, 48],
      'transformer.h.0.ln_2.weight': [48],
      'transformer.h.0.mlp.c_fc.weight': [48, 20],
      'transformer.h.0.mlp.c_proj.weight': [20, 48],
      'transformer.ln_f.weight': [48],
      'lm_head.weight': [10, 48],
    });
  });

  it('llama with LayerNorm, biases, learned positions, GELU, and heads wider than the width', () => {
    const config: GptConfig = { ...tiny, layout: 'llama', headWidth: 32, kvHeads: 1 };
    assert.deepEqual(listed(config), {
      'model.embed_tokens.weight': [10, 48],
      'model.embed_positions.weight': [7, 48],
      'model.layers.0.input_layernorm.weight': [48],
      'model.layers.0.input_layernorm.bias': [48],
      'model.layers.0.self_attn.q_proj.weight': [96, 48],
      'model.layers.0.self_attn.q_proj.bias': [96],
      'model.layers.0.self_attn.k_proj.weight': [32, 48],
      'model.layers.0.self_attn.k_proj.bias': [32],
      'model.layers.0.self_attn.v_proj.weight': [32, 48],
      'model.layers.0.self_attn.v_proj.bias': [32],
      'model.layers.0.self_attn.o_proj.weight': [48, 96],
      'model.layers.0.self_attn.o_proj.bias': [48],
      'model.layers.0.post_attention_layernorm.weight': [48],
      'model.layers.0.post_attention_layernorm.bias': [48],
      'model.layers.0.mlp.up_proj.weight': [20, 48],
      'model.layers.0.mlp.up_proj.bias': [20],
      'model.layers.0.mlp.down_proj.weight': [48, 20],
      'model.layers.0.mlp.down_proj.bias': [48],
      'model.norm.weight': [48],
      'model.norm.bias': [48],
    });
  });

  it('Post-LN has no final norm', () => {
    assert.ok(!parameterShapes({ ...tiny, normPlacement: 'post' }).has('transformer.ln_f.weight'));
    assert.ok(parameterShapes({ ...tiny, layout: 'openai-gpt' }).has('transformer.ln_f.weight'));
  });
});

describe('parameters of encoders', () => {
  const tiny = BertConfigSchema.parse({
    vocab: 10,
    context: 7,
    layers: 1,
    width: 48,
    heads: 4,
    feedForward: 20,
  });
  const stack = (family: string): Record<string, number[]> => ({
    [`${family}.embeddings.word_embeddings.weight`]: [10, 48],
    [`${family}.embeddings.position_embeddings.weight`]: [family === 'bert' ? 7 : 9, 48],
    [`${family}.embeddings.token_type_embeddings.weight`]: [2, 48],
    [`${family}.embeddings.LayerNorm.weight`]: [48],
    [`${family}.embeddings.LayerNorm.bias`]: [48],
    [`${family}.encoder.layer.0.attention.self.query.weight`]: [48, 48],
    [`${family}.encoder.layer.0.attention.self.query.bias`]: [48],
    [`${family}.encoder.layer.0.attention.self.key.weight`]: [48, 48],
    [`${family}.encoder.layer.0.attention.self.key.bias`]: [48],
    [`${family}.encoder.layer.0.attention.self.value.weight`]: [48, 48],
    [`${family}.encoder.layer.0.attention.self.value.bias`]: [48],
    [`${family}.encoder.layer.0.attention.output.dense.weight`]: [48, 48],
    [`${family}.encoder.layer.0.attention.output.dense.bias`]: [48],
    [`${family}.encoder.layer.0.attention.output.LayerNorm.weight`]: [48],
    [`${family}.encoder.layer.0.attention.output.LayerNorm.bias`]: [48],
    [`${family}.encoder.layer.0.intermediate.dense.weight`]: [20, 48],
    [`${family}.encoder.layer.0.intermediate.dense.bias`]: [20],
    [`${family}.encoder.layer.0.output.dense.weight`]: [48, 20],
    [`${family}.encoder.layer.0.output.dense.bias`]: [48],
    [`${family}.encoder.layer.0.output.LayerNorm.weight`]: [48],
    [`${family}.encoder.layer.0.output.LayerNorm.bias`]: [48],
  });
  const pooler = (family: string): Record<string, number[]> => ({
    [`${family}.pooler.dense.weight`]: [48, 48],
    [`${family}.pooler.dense.bias`]: [48],
  });

  it('BERT with the heads of its pre-training', () => {
    assert.deepEqual(Object.fromEntries(parameterShapes(withHead(tiny, 'mlm+nsp'))), {
      ...stack('bert'),
      ...pooler('bert'),
      'cls.predictions.transform.dense.weight': [48, 48],
      'cls.predictions.transform.dense.bias': [48],
      'cls.predictions.transform.LayerNorm.weight': [48],
      'cls.predictions.transform.LayerNorm.bias': [48],
      'cls.predictions.bias': [10],
      'cls.seq_relationship.weight': [2, 48],
      'cls.seq_relationship.bias': [2],
    });
  });

  it('RoBERTa with a head of classes', () => {
    const config = withHead({ ...tiny, layout: 'roberta', padId: 1 }, 'classify', ['no', 'yes', 'maybe']);
    assert.deepEqual(Object.fromEntries(parameterShapes(config)), {
      ...stack('roberta'),
      'classifier.dense.weight': [48, 48],
      'classifier.dense.bias': [48],
      'classifier.out_proj.weight': [3, 48],
      'classifier.out_proj.bias': [3],
    });
  });

  it('Pre-LN has a last norm', () => {
    const config = { ...tiny, normPlacement: 'pre', pooler: false } as const;
    assert.deepEqual(Object.fromEntries(parameterShapes(config)), {
      ...stack('bert'),
      'bert.encoder.LayerNorm.weight': [48],
      'bert.encoder.LayerNorm.bias': [48],
    });
  });

  it('of BERT are embeddings, layers and the pooler', () => {
    const tree = parametersByModule(preset('bert-tiny'));
    assert.deepEqual(
      tree.children.map(({ name, parameters }) => [name, parameters]),
      [
        ['embeddings', (30522 + 512 + 2 + 2) * 128],
        ['layer 0', 198_272],
        ['layer 1', 198_272],
        ['pooler', 128 * 129],
      ],
    );
  });
});
