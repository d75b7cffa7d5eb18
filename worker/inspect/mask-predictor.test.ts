import assert from 'node:assert/strict';
import { it } from 'node:test';
import { likeliest } from './mask-predictor.ts';

it('the likeliest tokens come first, with the probabilities of all', () => {
  const logits = Float32Array.from([0, Math.log(2), Math.log(4), Math.log(2)]);
  const found = likeliest(logits, 3, () => true);
  assert.deepEqual(
    found.map(({ id }) => id),
    [2, 1, 3],
  );
  assert.deepEqual(
    likeliest(logits, 2, (id) => id !== 2).map(({ id }) => id),
    [1, 3],
  );
  [4 / 9, 2 / 9, 2 / 9].forEach((p, i) => assert.ok(Math.abs(found[i]!.probability - p) < 1e-6));
  assert.equal(likeliest(Float32Array.of(1000, -1000), 1, () => true)[0]!.probability, 1);
});
