import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withHead } from './bert-config.ts';
import { BertConfigSchema } from './config.ts';
import { initialWeights } from './initialise.ts';

describe('initial weights of an encoder', () => {
  const base = BertConfigSchema.parse({
    layout: 'roberta',
    vocab: 500,
    context: 64,
    layers: 1,
    width: 64,
    heads: 2,
    feedForward: 128,
    padId: 1,
  });
  const config = withHead(base, 'classify', ['a', 'b']);
  const weights = new Map([...initialWeights(config, 3)].map(({ name, data }) => [name, data]));

  it('are N(0, initRange), residual projections too', () => {
    for (const name of ['attention.self.query', 'attention.output.dense', 'output.dense']) {
      const data = weights.get(`roberta.encoder.layer.0.${name}.weight`)!;
      const deviation = Math.sqrt(data.reduce((sum, v) => sum + v * v, 0) / data.length);
      assert.ok(Math.abs(deviation - 0.02) < 0.001, `${name} has a deviation of ${deviation}`);
    }
  });

  it('are one in norms, and zero in biases', () => {
    assert.ok(weights.get('roberta.embeddings.LayerNorm.weight')!.every((v) => v === 1));
    assert.ok(weights.get('roberta.embeddings.LayerNorm.bias')!.every((v) => v === 0));
    assert.ok(weights.get('classifier.out_proj.bias')!.every((v) => v === 0));
  });

  it('are zero in the rows of padding, and there alone', () => {
    for (const kind of ['word', 'position']) {
      const data = weights.get(`roberta.embeddings.${kind}_embeddings.weight`)!;
      const zero = (row: number): boolean => data.subarray(row * 64, (row + 1) * 64).every((v) => v === 0);
      assert.deepEqual([0, 1, 2].map(zero), [false, true, false]);
    }
  });
});
