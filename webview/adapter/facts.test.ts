import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AdaptedLayer, AdapterReport } from '../protocol/adapter.ts';
import { effectiveRank, factsOf, gainText, layerText, normGrid } from './facts.ts';

const layer = (number: number, target: string, fields: Partial<AdaptedLayer> = {}): AdaptedLayer => ({
  module: `transformer.h.${number}.${target}`,
  layer: number,
  target,
  rank: 4,
  scale: 2,
  norm: 5,
  baseNorm: 100,
  singularValues: [4, 3, 0, 0],
  ...fields,
});

const report: AdapterReport = {
  folder: '/a',
  name: 'a',
  base: '/b',
  baseName: 'b',
  parameters: 990_000,
  trainable: 10_000,
  saved: [],
  layers: [layer(0, 'attn.c_attn'), layer(1, 'attn.c_attn'), layer(1, 'mlp.c_fc', { norm: 20 })],
  memory: { batch: 8, context: 128, full: 4 << 20, adapter: 1 << 20 },
};

describe('an adapter in figures', () => {
  it('says what is trained beside what stays', () => {
    const [trainable, rank, memory, ...others] = factsOf(report);
    assert.deepEqual([trainable!.value, rank!.value], ['1 %', '4']);
    assert.equal(memory!.note, 'estimated; 4 MiB with all weights, 25 %');
    assert.equal(others.length, 0);
  });

  it('lays layers over targets, the last layer first, with gaps', () => {
    const { targets, rows, largest } = normGrid(report.layers);
    assert.deepEqual(targets, ['attn.c_attn', 'mlp.c_fc']);
    assert.deepEqual(
      rows.map(({ layer: number, cells }) => [number, cells.map((cell) => cell?.norm)]),
      [
        [1, [5, 20]],
        [0, [5, undefined]],
      ],
    );
    assert.equal(largest, 0.2);
  });

  it('counts the directions that an update uses', () => {
    assert.equal(effectiveRank([0, 0]), 0);
    assert.equal(effectiveRank([3, 0, 0]), 1);
    assert.ok(Math.abs(effectiveRank([2, 2, 2]) - 3) < 1e-12);
    assert.match(layerText(layer(1, 'mlp.c_fc')), /norm 5, 5 % of the weight's, 1\.92 of 4 directions/);
  });

  it('says whether the document became likelier, once both have read it', () => {
    const side = (loss: number) => ({ text: '', likelihood: { loss, tokens: [{ text: 'a', nats: loss }] } });
    const place = { document: 'x.ts', prompt: '' };
    assert.equal(gainText({ ...place, base: side(2) }), undefined);
    assert.match(gainText({ ...place, base: side(2), adapter: side(1) })!, /perplexity falls by 63\.2 %/);
    assert.match(gainText({ ...place, base: side(1), adapter: side(2) })!, /perplexity rises by 172 %/);
  });
});
