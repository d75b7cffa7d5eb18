import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as z from 'zod';
import { attentionJson } from './attention-json.ts';
import type { Attention } from './result.ts';

it('an inspection as JSON has all weights, nested, bit by bit', () => {
  const token = { id: 1, text: 'a', start: 0, end: 1, segment: 0, special: false };
  const weights = Float32Array.from({ length: 2 * 3 * 2 * 2 }, (_, i) => 1 / (i + 3));
  const entropies = Float32Array.from({ length: 6 }, (_, i) => i / 7);
  const facts = { name: 'm', folder: '/m', kind: 'gpt2', causal: true, pairs: false, predicts: false };
  const attention: Attention = {
    ...facts,
    layers: 2,
    heads: 3,
    tokens: [token, { ...token, text: '"\n' }],
    total: 2,
    weights,
    entropies,
  };
  const text = [...attentionJson(attention)].join('');
  const nested = z.array(z.array(z.array(z.array(z.number()))));
  const read = z
    .looseObject({ weights: nested, entropies: z.array(z.array(z.number())) })
    .parse(JSON.parse(text));
  assert.deepEqual([read.weights.length, read.weights[0]!.length, read.weights[1]![2]!.length], [2, 3, 2]);
  assert.deepEqual(Float32Array.from(read.weights.flat(3)), weights);
  assert.deepEqual(Float32Array.from(read.entropies.flat()), entropies);
  assert.deepEqual(read.tokens, attention.tokens);
  assert.equal(read.name, 'm');
});
