import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { slotsFor } from './adapter-slots.ts';

describe('slotsFor', () => {
  const layer = (rank: number) => ({ rank, input: 16, output: 32, scale: 2 });
  const ranksOf = (...adapters: Record<string, number>[]): Record<string, number> => {
    const stored = adapters.map((ranks) => ({
      layers: new Map(Object.entries(ranks).map(([name, rank]) => [name, layer(rank)])),
    }));
    return Object.fromEntries([...slotsFor(stored).layers].map(([name, { rank }]) => [name, rank]));
  };

  it('has every layer that one of the adapters has, of the largest rank', () => {
    assert.deepEqual(ranksOf({ 'h.0.a': 4, 'h.1.a': 8 }, { 'h.0.a': 16, 'h.0.b': 2 }), {
      'h.0.a': 16,
      'h.1.a': 8,
      'h.0.b': 2,
    });
  });

  it('has one rank for all experts of a mixture', () => {
    const expert = (layer: number, e: number): string => `layers.${layer}.moe.experts.${e}.w1`;
    assert.deepEqual(ranksOf({ [expert(0, 0)]: 4, [expert(0, 1)]: 8, [expert(1, 0)]: 2 }), {
      [expert(0, 0)]: 8,
      [expert(0, 1)]: 8,
      [expert(1, 0)]: 2,
    });
  });
});
