import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { InspectedToken } from '../../worker/protocol/inspect.ts';
import { shownName, spokenName } from './names.ts';
import { rowEntries } from './row-facts.ts';
import { cellText, headsText, maskText, modelText } from './summary.ts';

const token = (text: string): InspectedToken => ({
  id: 1,
  text,
  start: 0,
  end: 1,
  segment: 0,
  special: false,
});
const tokens = [token('the'), token(' loan'), token('\n')];
const facts = {
  ...{ name: 'first', folder: '/runs/first', kind: 'gpt2', causal: true, pairs: false, predicts: false },
  ...{ layers: 1, heads: 2, tokens, total: 3, entropies: Float32Array.of(0.5, 1.5) },
};

describe('texts', () => {
  it('say which model and which heads are seen', () => {
    const seen = 'Each token sees those before it.';
    assert.equal(modelText(facts), `first: 1 layer of 2 heads, 3 tokens. ${seen}`);
    assert.match(
      modelText({ ...facts, step: 1200, causal: false }),
      /^first at step 1,200: .* sees all others\.$/,
    );
    assert.equal(headsText([1], facts), 'Layer 1, head 2: entropy 1.50 bits.');
    assert.equal(headsText([0, 1], facts), 'The average of all 2 heads: mean entropy 1.00 bits.');
  });

  it('say what a cell says', () => {
    assert.equal(
      cellText({ row: 1, column: 0 }, tokens, 0.1234, { causal: true }),
      'space loan (2) to the (1): 12.3 %',
    );
    assert.match(cellText({ row: 0, column: 1 }, tokens, 0, { causal: true }), /may not look ahead$/);
    assert.equal(
      cellText({ row: 0, column: 2 }, tokens, 0, { causal: false }),
      'the (1) to new line (3): 0.0 %',
    );
    const difference = { causal: false, difference: true };
    assert.match(cellText({ row: 1, column: 0 }, tokens, 0.02, difference), /2\.0 % more with the base$/);
    assert.match(cellText({ row: 1, column: 0 }, tokens, -0.02, difference), /2\.0 % more with the adapter$/);
    assert.equal(cellText({ row: 9, column: 2 }, tokens, 0, { causal: false }), '');
  });

  it('say what stands at a mask', () => {
    const prediction = (text: string, probability: number) => ({ id: 1, text, probability });
    const masked = { position: 1, seen: [prediction('loan', 0.75)], masked: [prediction('bank', 0.5)] };
    assert.equal(
      maskText(masked, tokens),
      'Token 2 of 3 is masked: bank with 50.0 %; with the token in its place loan with 75.0 %.',
    );
  });

  it('name tokens', () => {
    assert.deepEqual(tokens.map(shownName), ['the', '·loan', '↵']);
    assert.equal(shownName(token('internationalisation')), 'internationali'.slice(0, 13) + '…');
    assert.equal(spokenName(token('  a')), '2 spaces a');
  });
});

it('a row as a table has its weights, the strongest first', () => {
  const weights = Float32Array.from([0, 0, 0, 0.25, 0.5, 0.25]);
  assert.deepEqual(rowEntries(weights, 3, 1), [
    { column: 1, weight: 0.5 },
    { column: 0, weight: 0.25 },
    { column: 2, weight: 0.25 },
  ]);
  assert.deepEqual(rowEntries(weights, 3, 0), []);
});
