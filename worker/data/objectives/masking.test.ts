import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { range } from '../test-support.ts';
import type { MaskedSequence, MaskingOptions } from './masking.ts';
import { MASKING, maskSequence } from './masking.ts';
import { chiSquare, testVocabulary } from './test-support.ts';

const vocabulary = testVocabulary(1000);
const options: MaskingOptions = { rate: 0.15, dynamic: true };
const key = { seed: 1, sample: 0, epoch: 0 };

/** [CLS], `count` ordinary tokens, [SEP], and padding up to `length`. */
function framed(count: number, length = count + 2): Int32Array {
  const { cls, sep, pad } = vocabulary;
  const text = range(0, count).map((i) => 10 + (i % 900));
  return Int32Array.of(cls, ...text, sep, ...new Int32Array(length - count - 2).fill(pad));
}

describe('maskSequence', () => {
  it('chooses 15 %, and of them 80, 10 and 10 %, over 100,000 positions', () => {
    const ids = framed(62);
    const counts = new Int32Array(4);
    for (let sample = 0; sample < 1613; sample++) {
      const { marks } = maskSequence(ids, vocabulary, options, { ...key, sample });
      for (let at = 1; at <= 62; at++) counts[marks[at]!]!++;
    }
    const positions = counts.reduce((a, b) => a + b);
    assert.equal(positions > 100_000, true);
    const chosen = positions - counts[MASKING.kept]!;
    assert.ok(chiSquare([counts[0]!, chosen], [0.85, 0.15]) < 10.8, `${chosen} of ${positions}`); // p = 0.001
    const fates = [counts[MASKING.masked]!, counts[MASKING.replaced]!, counts[MASKING.same]!];
    assert.ok(chiSquare(fates, [0.8, 0.1, 0.1]) < 13.8, fates.join(' ')); // p = 0.001
  });

  it('chooses each place alike, and replaces by each ordinary token alike', () => {
    const small = testVocabulary(25);
    const ids = Int32Array.of(small.cls, ...range(0, 40).map((i) => 5 + (i % 20)), small.sep);
    const places = new Int32Array(40);
    const others = new Int32Array(25);
    for (let sample = 0; sample < 5000; sample++) {
      const { ids: hidden, marks } = maskSequence(ids, small, options, { ...key, sample });
      for (const [at, mark] of marks.entries()) {
        if (mark !== MASKING.kept) places[at - 1]!++;
        if (mark === MASKING.replaced) others[hidden[at]!]!++;
      }
    }
    assert.equal(chiSquare([...places], new Array<number>(40).fill(1 / 40)) < 72, true); // p = 0.001 at 39
    assert.equal(chiSquare([...others.subarray(5)], new Array<number>(20).fill(1 / 20)) < 43.8, true); // p = 0.001 at 19
    assert.deepEqual([...others.subarray(0, 5)], [0, 0, 0, 0, 0]);
  });

  it('keeps the special tokens, and says what stood where', () => {
    const ids = framed(40, 60);
    for (let sample = 0; sample < 500; sample++) {
      const {
        ids: hidden,
        marks,
        positions,
        targets,
      } = maskSequence(ids, vocabulary, options, { ...key, sample });
      assert.equal(positions.length, 6);
      assert.deepEqual(
        [...positions],
        range(0, 60).filter((at) => marks[at] !== MASKING.kept),
      );
      for (const [i, at] of positions.entries()) {
        assert.equal(at >= 1 && at <= 40, true);
        assert.equal(targets[i], ids[at]);
        if (marks[at] === MASKING.masked) assert.equal(hidden[at], vocabulary.mask);
        if (marks[at] === MASKING.same) assert.equal(hidden[at], ids[at]);
        if (marks[at] === MASKING.replaced) assert.equal(!vocabulary.special.has(hidden[at]!), true);
      }
      for (const at of range(0, 60)) if (marks[at] === MASKING.kept) assert.equal(hidden[at], ids[at]);
    }
  });

  it('is another each epoch when dynamic, and the same when static', () => {
    const masked = (epoch: number | 'evaluation', dynamic: boolean, sample = 3): MaskedSequence =>
      maskSequence(framed(60), vocabulary, { rate: 0.15, dynamic }, { seed: 9, sample, epoch });
    assert.notDeepEqual(masked(0, true), masked(1, true));
    assert.deepEqual(masked(1, true), masked(1, true));
    assert.deepEqual(masked(0, false), masked(1, false));
    assert.notDeepEqual(masked(0, false), masked(0, false, 4));
    assert.notDeepEqual(masked('evaluation', true), masked(0, true));
    assert.deepEqual(masked('evaluation', true), masked('evaluation', false));
  });

  it('draws apart for sequences of different lengths', () => {
    const order = (count: number, sample: number): number[] => [
      ...maskSequence(framed(count), vocabulary, { rate: 1, dynamic: true }, { ...key, sample }).marks,
    ];
    assert.notDeepEqual(order(40, 4).slice(1, 21), order(20, 8).slice(1, 21));
  });

  it('takes whole words', () => {
    const continues = (id: number): boolean => id >= 500;
    const ids = Int32Array.of(
      vocabulary.cls,
      ...range(0, 60).map((i) => (i % 3 === 0 ? 10 + i : 500 + i)),
      vocabulary.sep,
    );
    const words = new Int32Array(20);
    for (let sample = 0; sample < 400; sample++) {
      const { marks } = maskSequence(ids, vocabulary, { ...options, continues }, { ...key, sample });
      for (let word = 0; word < 20; word++) {
        const chosen = range(1 + word * 3, 3).map((at) => marks[at] !== MASKING.kept);
        assert.equal(new Set(chosen).size, 1);
        if (chosen[0] === true) words[word]!++;
      }
    }
    assert.equal(
      words.reduce((a, b) => a + b),
      3 * 400,
    );
    assert.equal(Math.min(...words) > 20, true);
  });

  it('chooses one token of a short text, and none where there is none', () => {
    for (const count of [1, 2, 6]) {
      assert.equal(maskSequence(framed(count), vocabulary, options, key).positions.length, 1);
    }
    assert.equal(maskSequence(framed(0), vocabulary, options, key).positions.length, 0);
    assert.equal(maskSequence(framed(10), vocabulary, { ...options, rate: 0 }, key).positions.length, 0);
  });
});
