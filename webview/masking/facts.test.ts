import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MaskedText, MaskedToken } from '../../worker/protocol/masking.ts';
import { moved } from './cursor.ts';
import { deed, isRight, percent, summaryText } from './token-facts.ts';
import { formatSimilarity, layerNames, meanSimilarities, pairRows, wordSummary } from './word-facts.ts';

function token(name: string, part: Partial<MaskedToken> = {}): MaskedToken {
  const rest = {
    start: 0,
    end: 1,
    special: false,
    mark: 'untouched' as const,
    probability: 0,
    predictions: [],
  };
  return { name, shown: name, ...rest, ...part };
}

const RAIN = token('rain', {
  mark: 'masked',
  shown: '[MASK]',
  probability: 0.42,
  predictions: [
    { name: 'rain', probability: 0.42 },
    { name: 'sun', probability: 0.2 },
  ],
});
const DAY = token('day', {
  mark: 'replaced',
  shown: 'tree',
  probability: 0.0004,
  predictions: [{ name: 'tree', probability: 0.9 }],
});
const TOKENS = [
  token('[CLS]', { special: true }),
  token('the'),
  RAIN,
  token('all'),
  DAY,
  token('[SEP]', { special: true }),
];
const TEXT: MaskedText = { tokens: TOKENS, cut: 0, chosen: 2, right: 1, loss: 4.3454 };

describe('masked tokens', () => {
  it('say what was done, and whether what was predicted is right', () => {
    assert.deepEqual([deed(RAIN), deed(DAY)], ['masked', 'replaced by tree']);
    assert.deepEqual([isRight(RAIN), isRight(DAY), isRight(TOKENS[1]!)], [true, false, undefined]);
    assert.deepEqual([percent(0.0004), percent(0.051), percent(0)], ['< 0.1 %', '5.1 %', '0 %']);
  });

  it('are summed up', () => {
    assert.equal(
      summaryText(TEXT),
      '2 of 4 tokens chosen: 1 masked, 1 replaced. The model has 1 right (50 %), loss 4.3454.',
    );
    const none = { tokens: TOKENS.slice(0, 2), cut: 1200, chosen: 0, right: 0, loss: 0 };
    assert.equal(summaryText(none), '0 of 1 tokens chosen. 1,200 tokens at the end of the text had no room.');
  });
});

describe('the cursor', () => {
  it('goes along the tokens, and from one chosen to the next', () => {
    const go = (key: string, at: number) => moved(key, at, TOKENS);
    assert.deepEqual([go('ArrowLeft', 0), go('ArrowRight', 0), go('ArrowRight', 5)], [0, 1, 5]);
    assert.deepEqual([go('ArrowDown', 0), go('ArrowDown', 2), go('ArrowDown', 4)], [2, 4, 4]);
    assert.deepEqual([go('ArrowUp', 5), go('ArrowUp', 4), go('ArrowUp', 2)], [4, 2, 2]);
    assert.deepEqual([go('Home', 3), go('End', 3), go('x', 3)], [0, 5, undefined]);
  });
});

describe('a word in several sentences', () => {
  const similarities = new Float32Array([
    ...[1, 1, 1, 1, 1, 1, 1, 1, 1],
    ...[1, 0.5, 0.75, 0.5, 1, -0.25, 0.75, -0.25, 1],
  ]);
  const rows = pairRows({ occurrences: [], layers: 2, similarities }, 3);

  it('has a row for every two sentences, the least alike first, and their mean', () => {
    assert.deepEqual(
      rows.map(({ one, other, similarities: all }) => [one, other, ...all]),
      [
        [2, 3, 1, -0.25],
        [1, 2, 1, 0.5],
        [1, 3, 1, 0.75],
      ],
    );
    assert.deepEqual(
      meanSimilarities(rows).map((mean) => mean.toFixed(3)),
      ['1.000', '0.333'],
    );
    assert.deepEqual(layerNames(3), ['Static', 'Layer 1', 'Layer 2']);
  });

  it('is written with two decimals, and said in a sentence', () => {
    assert.deepEqual([-0.25, 1, -0.001].map(formatSimilarity), ['\u22120.25', '1.00', '0.00']);
    assert.equal(
      wordSummary('bank', 3, rows),
      'bank in 3 sentences: mean similarity 1.00 static, 0.33 in the last layer',
    );
  });
});
