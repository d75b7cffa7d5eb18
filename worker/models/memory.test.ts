import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Adapter, LoraSettingsSchema, newAdapter } from './lora.ts';
import { estimateMemory } from './memory.ts';
import { withHead } from './bert-config.ts';
import { PRESETS } from './presets.ts';

const P = 124_439_808;

describe('the memory estimate', () => {
  it('of GPT-2 in training: four arrays of its parameters, activations and logits', () => {
    const config = { ...PRESETS.gpt2, attentionDropout: 0 };
    const estimate = estimateMemory(config, { mode: 'training', batch: 4, context: 128 });
    assert.equal(estimate.parameters, 4 * P);
    assert.equal(estimate.gradients, 4 * P);
    assert.equal(estimate.optimizer, 8 * P);
    assert.equal(estimate.logits, 3 * 4 * 4 * 128 * 50257);
    assert.equal(estimate.activations, 4 * 512 * 13 * (4 * 768 + 2 * 3072 + 4 * 768 + 12 * 128));
    assert.equal(estimate.kvCache, 0);
    const { total, ...parts } = estimate;
    assert.equal(
      total,
      Object.values(parts).reduce((a, b) => a + b, 0),
    );
  });

  it('of a mixture of experts: all its parameters, and activations of the experts that see a token', () => {
    const config = PRESETS['moe-micro'];
    const use = { mode: 'training', batch: 8, context: 128 } as const;
    const [one, two] = [1, 2].map((expertsPerToken) => estimateMemory({ ...config, expertsPerToken }, use));
    assert.equal(one!.parameters, two!.parameters);
    const layers = config.layers + 1; // one of them has a gradient
    const row = 4 * config.feedForward + 2 * config.width;
    assert.equal(two!.activations - one!.activations, 4 * 8 * 128 * layers * row);
  });

  it('of GPT-2 in inference: parameters and the KV cache', () => {
    const estimate = estimateMemory(PRESETS.gpt2, { mode: 'inference' });
    assert.equal(estimate.gradients + estimate.optimizer, 0);
    assert.equal(estimate.kvCache, 4 * 2 * 12 * 1024 * 768);
    assert.equal(estimate.logits, 4 * 50257);
  });

  it('grows with accumulation, dropout and copies in 16 bits, and shrinks with recomputation', () => {
    const config = PRESETS['gpt-mini'];
    const use = { mode: 'training', batch: 8 } as const;
    const plain = estimateMemory(config, use);
    assert.equal(estimateMemory(config, { ...use, accumulate: 4 }).gradients, 2 * plain.gradients);
    assert.ok(estimateMemory(config, { ...use, recompute: true }).activations < plain.activations / 2);
    assert.equal(estimateMemory(config, { ...use, precision: 'bfloat16' }).parameters, 2 * plain.parameters);
    assert.ok(estimateMemory({ ...config, attentionDropout: 0.1 }, use).activations > plain.activations);
  });

  it('of BERT counts scores over the vocabulary for masked tokens only, and no cache', () => {
    const bert = { ...PRESETS['bert-base'], attentionDropout: 0 };
    const use = { mode: 'training', batch: 8, context: 128 } as const;
    const masked = estimateMemory(withHead(bert, 'mlm'), use);
    assert.equal(masked.logits, 3 * 4 * Math.ceil(0.15 * 1024) * 30522);
    assert.equal(masked.activations, 4 * 1024 * 13 * (4 * 768 + 2 * 3072 + 4 * 768 + 12 * 128));
    assert.equal(estimateMemory(withHead(bert, 'tag', ['a', 'b']), use).logits, 0);
    assert.equal(estimateMemory(bert, { mode: 'inference' }).kvCache, 0);
  });

  it('of quantised weights: codes and scales, in training one for each form in which they are baked in', () => {
    const layers = 12 * (2304 + 768 + 3072 + 3072) * 768; // weights of the linear layers
    const codesAndScales = (bits: number): number => (layers * bits) / 8 + (layers / 32) * 4;
    const adapterOf = (base: 'float32' | 'int4'): Adapter =>
      newAdapter(PRESETS.gpt2, LoraSettingsSchema.parse({ base }));
    const training = (base: 'float32' | 'int4'): number =>
      estimateMemory(PRESETS.gpt2, { mode: 'training', adapter: adapterOf(base) }).parameters;
    assert.equal(training('float32') - training('int4'), 4 * layers - 3 * codesAndScales(4));
    const table = 50257 * 768;
    assert.equal(
      estimateMemory(PRESETS.gpt2, { mode: 'inference', weights: 'int4' }).parameters,
      4 * (P - layers - table) + codesAndScales(4) + table + (table / 32) * 4,
    );
  });

  it('of a quantised mixture: codes and scales of its experts, its routers in float32', () => {
    const config = PRESETS['mixtral-8x7b'];
    const of = (weights: 'float32' | 'int4'): number =>
      estimateMemory(config, { mode: 'inference', weights }).parameters;
    const layer = 8 * 3 * 4096 * 14336 + 2 * 4096 * (4096 + 1024); // experts, attention
    const [layers, tables] = [32 * layer, 2 * 32000 * 4096];
    const bytes = layers * (1 / 2 + 4 / 32) + tables * (1 + 4 / 32);
    assert.equal(of('int4'), of('float32') - 4 * (layers + tables) + bytes);
  });
});
