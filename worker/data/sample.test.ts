import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countCharacters, sampleParts } from './sample.ts';
import { type Part, wholePart } from './split.ts';

const part = (path: string, characters: number): Part =>
  wholePart({ path, bytes: characters, characters, hash: path });

describe('sampleParts', () => {
  it('gives the parts themselves if they are no more', () => {
    const parts = [part('a', 10), part('b', 20)];
    assert.equal(sampleParts(parts, 30), parts);
  });

  it('spreads pieces evenly over the text, across the borders of files', () => {
    const parts = [part('a', 50_000), ...Array.from({ length: 40 }, (_, i) => part(`b${i}`, 5_000))];
    const sample = sampleParts(parts, 1 << 17); // two pieces of 65,536
    assert.equal(countCharacters(sample), 2 << 16);
    assert.deepEqual(sample.slice(0, 5), [...parts.slice(0, 4), { ...parts[4]!, end: 536 }]);
    assert.equal(sample[5]!.document.path, 'b15'); // where the second half begins
  });

  it('takes pieces of one large file', () => {
    const sample = sampleParts([part('a', 1_000_000)], 1 << 18);
    assert.deepEqual(
      sample.map(({ start }) => start),
      [0, 250_000, 500_000, 750_000],
    );
  });
});
