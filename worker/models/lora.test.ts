import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BertConfigSchema, GptConfigSchema } from './config.ts';
import { sizeOfAll } from './layout.ts';
import { initialAdapter, LoraSettingsSchema, newAdapter, trainedShapes, usualTargets } from './lora.ts';
import { estimateMemory } from './memory.ts';
import { PRESETS } from './presets.ts';

const settings = (fields: object = {}) => LoraSettingsSchema.parse(fields);
const gpt2 = PRESETS.gpt2;
const bert = BertConfigSchema.parse({ ...PRESETS['bert-base'], head: 'classify', labels: ['a', 'b', 'c'] });
const llama = GptConfigSchema.parse({
  ...{ layout: 'llama', vocab: 99, context: 16, layers: 2, width: 48, heads: 4, kvHeads: 2, headWidth: 12 },
  ...{ feedForward: 64, norm: 'rmsnorm', positions: 'rotary', activation: 'swiglu', bias: 'none' },
});

describe('newAdapter', () => {
  it('has the published counts of parameters', () => {
    const trained = (config: typeof gpt2 | typeof bert, saved: string[] = []): number =>
      sizeOfAll(trainedShapes(config, newAdapter(config, settings({ rank: 8 }), saved)));
    assert.equal(trained(gpt2), 294_912);
    assert.equal(trained(bert), 294_912);
    assert.equal(trained(bert, ['classifier']), 294_912 + 768 * 3 + 3);
  });

  it('adapts the layers that are named by their ends, by a pattern, or all', () => {
    const names = (...targets: string[]): string[] => [
      ...newAdapter(llama, settings({ rank: 2, targets })).layers.keys(),
    ];
    assert.deepEqual(usualTargets(llama), ['q_proj', 'v_proj']);
    assert.deepEqual(names('k_proj'), ['model.layers.0.self_attn.k_proj', 'model.layers.1.self_attn.k_proj']);
    assert.deepEqual(names('model.layers.1.mlp.up_proj'), ['model.layers.1.mlp.up_proj']);
    assert.deepEqual(names('/.*layers\\.1\\..*_proj/').length, 7);
    assert.equal(names('all-linear').length, 14);
    assert.ok(names('all-linear').every((name) => !/embed|head|norm/.test(name)));
  });

  it('knows what goes into and comes out of a layer, however its weight is stored', () => {
    const sizes = (adapter: ReturnType<typeof newAdapter>) => {
      const [first] = adapter.layers.values();
      return [first?.input, first?.output];
    };
    assert.deepEqual(sizes(newAdapter(gpt2, settings())), [768, 3 * 768]);
    assert.deepEqual(sizes(newAdapter(llama, settings({ targets: ['v_proj'] }))), [48, 24]);
  });

  it('leaves heads alone, whose names are like those of layers', () => {
    const reader = BertConfigSchema.parse({ ...PRESETS['bert-tiny'], head: 'mlm+nsp' });
    const { layers } = newAdapter(reader, settings({ targets: ['all-linear'] }));
    assert.equal(layers.size, 2 * 6);
    assert.deepEqual(newAdapter(reader, settings({ targets: ['query, value'] })).layers.size, 4);
  });

  it('counts alpha over the rank, or over its root', () => {
    const scale = (fields: object): number | undefined =>
      [...newAdapter(gpt2, settings({ rank: 16, alpha: 32, ...fields })).scales.values()][0];
    assert.equal(scale({}), 2);
    assert.equal(scale({ scaling: 'rslora' }), 8);
  });

  it('refuses targets that match nothing or are no pattern, and ranks that no layer has', () => {
    assert.throws(() => newAdapter(llama, settings({ targets: ['/(/'] })), {
      code: 'config',
      message: /no pattern/,
    });
    assert.throws(() => newAdapter(llama, settings({ targets: ['c_attn'] })), {
      code: 'config',
      message: /matches c_attn/,
      hint: /q_proj, k_proj, v_proj/,
    });
    assert.throws(() => newAdapter(llama, settings({ rank: 25, targets: ['v_proj'] })), {
      code: 'config',
      message: /rank 25 .* 48 x 24/,
    });
  });
});

describe('initialAdapter', () => {
  it('begins with B zero and A as PEFT draws it, the same from the same seed', () => {
    const adapter = newAdapter(gpt2, settings({ rank: 8 }));
    const of = (init: 'kaiming' | 'gaussian', seed: number) =>
      new Map([...initialAdapter(adapter, init, seed)].map(({ name, data }) => [name, data]));
    const [a, b] = ['lora_A', 'lora_B'].map((matrix) => `transformer.h.3.attn.c_attn.${matrix}.weight`);
    const kaiming = of('kaiming', 1);
    assert.ok(kaiming.get(b!)!.every((value) => value === 0));
    const values = [...kaiming.get(a!)!];
    const bound = 1 / Math.sqrt(768);
    assert.ok(values.every((value) => Math.abs(value) <= bound));
    const deviation = (of: number[]): number => Math.sqrt(of.reduce((sum, v) => sum + v * v, 0) / of.length);
    assert.ok(Math.abs(deviation(values) / (bound / Math.sqrt(3)) - 1) < 0.03);
    assert.ok(Math.abs(deviation([...of('gaussian', 1).get(a!)!]) / (1 / 8) - 1) < 0.03);
    assert.deepEqual(of('kaiming', 1), kaiming);
    assert.notDeepEqual(of('kaiming', 2).get(a!), kaiming.get(a!));
  });
});

describe('estimateMemory', () => {
  it('counts gradients and moments of an adapter only', () => {
    const adapter = newAdapter(gpt2, settings({ rank: 8 }));
    const use = { mode: 'training', batch: 4, context: 128 } as const;
    const [full, adapted] = [estimateMemory(gpt2, use), estimateMemory(gpt2, { ...use, adapter })];
    assert.equal(adapted.gradients, 4 * 294_912);
    assert.equal(adapted.optimizer, 8 * 294_912);
    assert.equal(adapted.parameters, full.parameters + 4 * 294_912);
    assert.ok(adapted.total < 0.6 * full.total);
  });
});
