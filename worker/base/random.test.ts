import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Random } from './random.ts';

const draws = (random: Random, count: number): number[] =>
  Array.from({ length: count }, () => random.uint32());

describe('Random', () => {
  it('gives the same numbers on every machine', () => {
    assert.deepEqual(draws(new Random(1, 'test'), 3), [2909049852, 340328327, 2592347595]);
  });

  it('goes on from any position, past 2^32 as well', () => {
    for (const start of [0, 2 ** 32 - 2, 2 ** 40]) {
      const whole = draws(new Random(7, 'test', start), 8);
      assert.deepEqual(draws(new Random(7, 'test', start + 5), 3), whole.slice(5));
      assert.equal(new Set(whole).size, 8);
    }
  });

  it('has other numbers in each stream and for each seed', () => {
    const first = draws(new Random(1, 'a'), 4);
    assert.notDeepEqual(draws(new Random(1, 'b'), 4), first);
    assert.notDeepEqual(draws(new Random(2, 'a'), 4), first);
  });

  it('is uniform in [0, 1), and normal with mean 0 and variance 1', () => {
    const random = new Random(3, 'test');
    const count = 20_000;
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    const uniform = Array.from({ length: count }, () => random.uniform());
    assert.ok(uniform.every((value) => value >= 0 && value < 1));
    assert.ok(Math.abs(mean(uniform) - 0.5) < 0.01);
    const normal = Array.from({ length: count }, () => random.normal());
    assert.ok(Math.abs(mean(normal)) < 0.03);
    assert.ok(Math.abs(mean(normal.map((value) => value * value)) - 1) < 0.05);
  });

  it('gives each integer below n its share, and permutations of 0..n-1', () => {
    const random = new Random(4, 'test');
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 7000; i++) counts[random.integer(7)]! += 1;
    assert.ok(
      counts.every((count) => Math.abs(count - 1000) < 150),
      String(counts),
    );
    const order = random.permutation(50);
    assert.notDeepEqual(
      [...order],
      [...order].sort((a, b) => a - b),
    );
    assert.deepEqual(
      [...order].sort((a, b) => a - b),
      Array.from({ length: 50 }, (_, i) => i),
    );
  });
});
