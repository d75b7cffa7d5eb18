import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countLines, statisticsOf } from './statistics.ts';
import { columnOf } from './test-support.ts';

describe('statistics', () => {
  it('count lines as an editor does, but for an empty last one', () => {
    assert.deepEqual(['', 'a', 'a\n', 'a\nb', '\n\n'].map(countLines), [0, 1, 1, 2, 2]);
  });

  it('have ratios, and zeros for no text', () => {
    const { text, tokens } = columnOf('ab', 'é', '\n');
    assert.deepEqual(statisticsOf(text, tokens), {
      tokens: 3,
      distinct: 3,
      charactersPerToken: 4 / 3,
      bytesPerToken: 5 / 3,
      tokensPerLine: 3,
    });
    assert.equal(statisticsOf('', columnOf().tokens).charactersPerToken, 0);
  });
});
