import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Routing } from '../protocol/training.ts';
import { evenBalance, expertGrid, routingSummary } from './expert-facts.ts';

/** Of four experts, two of which see a token; 4 * 2 * (0.2 * 0.2 + 0.3 * 0.25 + 0.25 * 0.3 + 0.25 * 0.25). */
const routing: Routing = {
  balance: 2.02,
  layers: [
    { load: [0.1, 0.4, 0.25, 0.25], probability: [0.2, 0.2, 0.3, 0.3], entropy: 1.234 },
    { load: [0.3, 0.2, 0.25, 0.25], probability: [0.2, 0.3, 0.3, 0.2], entropy: 2 },
  ],
};

describe('how tokens are spread over experts', () => {
  it('lays layers over experts, the last layer first, with the largest share as the strongest', () => {
    const { columns, rows } = expertGrid(routing);
    assert.deepEqual(columns, ['1', '2', '3', '4']);
    assert.deepEqual(
      rows.map(({ name, entropy, cells }) => [name, entropy, cells.map(({ share }) => share)]),
      [
        ['2', '2.00', ['30.0', '20.0', '25.0', '25.0']],
        ['1', '1.23', ['10.0', '40.0', '25.0', '25.0']],
      ],
    );
    assert.deepEqual(
      rows.map(({ cells }) => cells.map(({ strength }) => Number(strength.toFixed(3)))),
      [
        [0.75, 0.5, 0.625, 0.625],
        [0.25, 1, 0.625, 0.625],
      ],
    );
  });

  it('says the extremes, and what the balance loss were at least', () => {
    assert.equal(evenBalance(routing), 2);
    assert.equal(
      routingSummary({ step: 1200, routing }),
      'At step 1,200: an expert gets 10.0 % to 40.0 % of a layer’s tokens (25.0 % each were even); balance loss 2.020 (2 were even)',
    );
  });
});
