import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClozeError } from '../../base/errors.ts';
import { Random } from '../../base/random.ts';
import { range, sequenceOf } from '../test-support.ts';
import type { MaskedBatch } from './masked-batch.ts';
import { targetRows } from './masked-batch.ts';
import type { NspFeeds, NspOptions } from './nsp.ts';
import { nspEvaluation, NspSource } from './nsp.ts';
import { chiSquare, testVocabulary } from './test-support.ts';

const STOP = 5;
const vocabulary = testVocabulary(20_000);
const { cls, sep } = vocabulary;

/** Documents of sentences that end in a stop; the other ids rise, each once in the whole. */
function documentsOf(count: number, lengths: (document: number) => number): number[][] {
  const random = new Random(3, 'test');
  let next = 10;
  return range(0, count).map((document) => {
    let left = 1 + random.integer(9);
    return range(0, lengths(document)).map(() => {
      if (left-- > 0) return next++;
      left = 1 + random.integer(9);
      return STOP;
    });
  });
}
const documents = documentsOf(20, (document) => 40 + 17 * document);
const tokens = sequenceOf(documents);
const options: NspOptions = {
  batch: 8,
  context: 32,
  seed: 5,
  vocabulary,
  masking: { rate: 0.15, dynamic: true },
  sentenceEnds: new Set([STOP]),
  shortRate: 0.1,
};

interface Pair {
  readonly a: number[];
  readonly b: number[];
  readonly nextSentence: number;
}

/** The pairs of a batch as they were before masking; asserts their frame. */
function pairsOf({ feeds }: MaskedBatch<NspFeeds>, context = 32): Pair[] {
  const ids = feeds.ids.slice();
  for (const [i, target] of feeds.targets.entries()) if (target >= 0) ids[feeds.positions[i]!] = target;
  return [...feeds.nextSentence].flatMap((nextSentence, row) => {
    if (nextSentence < 0) return [];
    const part = (values: Int32Array): number[] => [...values.subarray(row * context, (row + 1) * context)];
    const length = part(feeds.mask).filter((bit) => bit === 1).length;
    const framed = part(ids).slice(0, length);
    const middle = framed.indexOf(sep);
    const [a, b] = [framed.slice(1, middle), framed.slice(middle + 1, -1)];
    assert.deepEqual(framed, [cls, ...a, sep, ...b, sep]);
    assert.deepEqual(
      part(feeds.segments),
      range(0, context).map((t) => (t > middle && t < length ? 1 : 0)),
    );
    assert.equal(a.length > 0 && b.length > 0, true);
    return [{ a, b, nextSentence }];
  });
}

/** Where a run of ids stands: document and offset. */
function placeOf(ids: readonly number[]): [document: number, offset: number] {
  const anchor = ids.findIndex((id) => id !== STOP);
  const document = documents.findIndex((each) => each.includes(ids[anchor]!));
  const offset = documents[document]!.indexOf(ids[anchor]!) - anchor;
  assert.deepEqual(documents[document]!.slice(offset, offset + ids.length), ids);
  return [document, offset];
}
const written = ({ a, b }: Pair): string => `${a.join()} ${b.join()}`;
const hasWord = (ids: readonly number[]): boolean => ids.some((id) => id !== STOP);

describe('NspSource', () => {
  it('is half true and half from another document', () => {
    const source = new NspSource(tokens, options);
    const counts = [0, 0];
    for (const step of range(0, 1500)) {
      for (const next of source.at(step).feeds.nextSentence) counts[next]!++;
    }
    assert.equal(counts[0]! + counts[1]!, 12_000);
    assert.ok(chiSquare(counts, [0.5, 0.5]) < 10.8, counts.join(' ')); // p = 0.001
  });

  it('means what it says: B goes on where A ends, or is of another document', () => {
    const source = new NspSource(tokens, options);
    const lengths: number[] = [];
    for (const step of range(0, 200)) {
      const batch = source.at(step);
      assert.equal(batch.feeds.targets.length, targetRows(options));
      for (const { a, b, nextSentence } of pairsOf(batch)) {
        lengths.push(a.length + b.length);
        if (!hasWord(a) || !hasWord(b)) continue;
        const [documentA, at] = placeOf(a);
        const [documentB, from] = placeOf(b);
        if (nextSentence === 0) assert.deepEqual([documentB, from], [documentA, at + a.length]);
        else assert.notEqual(documentA, documentB);
      }
    }
    assert.equal(Math.max(...lengths), 29);
    const full = lengths.filter((length) => length >= 26).length / lengths.length;
    assert.ok(full > 0.6 && full < 0.95, `${full} are full`);
  });

  it('parts the texts at the ends of sentences', () => {
    const source = new NspSource(tokens, { ...options, shortRate: 0 });
    for (const step of range(0, 100)) {
      for (const { a, b } of pairsOf(source.at(step))) {
        assert.equal(a.at(-1), STOP);
        if (!hasWord(b)) continue;
        const [document, offset] = placeOf(b);
        if (offset > 0) assert.equal(documents[document]![offset - 1], STOP);
      }
    }
  });

  it('parts text without sentences anywhere', () => {
    const plain = sequenceOf([range(10, 500), range(510, 500)]);
    const source = new NspSource(plain, { ...options, sentenceEnds: new Set(), shortRate: 0 });
    const cuts = new Set<number>();
    for (const step of range(0, 100)) {
      for (const { a, b, nextSentence } of pairsOf(source.at(step))) {
        cuts.add(a.length);
        const length = a.length + b.length;
        assert.ok(nextSentence === 1 ? length <= 29 : length === 29, `${length} tokens`);
        assert.equal(nextSentence, a.at(-1)! + 1 === b[0] ? 0 : 1);
      }
    }
    assert.equal(cuts.size, 28);
  });

  it('makes a tenth of the pairs shorter', () => {
    const plain = sequenceOf([range(10, 5000), range(5010, 5000)]);
    const source = new NspSource(plain, { ...options, sentenceEnds: new Set() });
    const counts = [0, 0];
    for (const step of range(0, 1000)) {
      for (const { a, b, nextSentence } of pairsOf(source.at(step))) {
        if (nextSentence === 0) counts[a.length + b.length < 29 ? 0 : 1]!++;
      }
    }
    const share = 0.1 * (27 / 28); // one of the 28 lengths that are drawn is the full one
    assert.ok(chiSquare(counts, [share, 1 - share]) < 10.8, counts.join(' ')); // p = 0.001
  });

  it('takes two documents of two sentences', () => {
    const source = new NspSource(
      sequenceOf([
        [10, STOP, 11, STOP],
        [12, STOP, 13, STOP],
      ]),
      { ...options, shortRate: 0 },
    );
    assert.equal(source.pairs, 2);
    const seen = new Set(range(0, 20).flatMap((step) => pairsOf(source.at(step)).map(written)));
    assert.equal(seen.has('10,5 11,5') && seen.has('12,5 13,5'), true);
    assert.equal(seen.has('10,5 13,5') || seen.has('10,5 12,5,13,5'), true);
  });

  it('is a pure function of its step', () => {
    const source = new NspSource(tokens, options);
    const batches = range(0, 60).map((step) => source.at(step));
    const resumed = new NspSource(tokens, options);
    for (const step of [50, 59, 3]) assert.deepEqual(resumed.at(step), batches[step]);
  });

  it('has other pairs and masks each epoch when dynamic, and the same when static', () => {
    const epochs = (dynamic: boolean): string[][] => {
      const source = new NspSource(tokens, { ...options, batch: 1, masking: { rate: 0.15, dynamic } });
      return range(0, 2).map((epoch) =>
        range(epoch * source.pairs, source.pairs)
          .map((step) => JSON.stringify([...source.at(step).feeds.ids]))
          .sort(),
      );
    };
    const [first, second] = epochs(false);
    assert.deepEqual(second, first);
    const [one, two] = epochs(true);
    assert.notDeepEqual(two, one);
    assert.equal(one!.filter((row) => two!.includes(row)).length < one!.length / 10, true);
  });

  it('needs two documents', () => {
    for (const only of [[range(10, 100)], [range(10, 100), []], []]) {
      assert.throws(
        () => new NspSource(sequenceOf(only), options),
        (error) =>
          error instanceof ClozeError &&
          error.code === 'data' &&
          error.message.includes('at least 2 documents'),
      );
    }
    assert.throws(() => new NspSource(tokens, { ...options, context: 4 }), ClozeError);
  });
});

describe('nspEvaluation', () => {
  it('takes a pair of each block, always the same, half of them true', () => {
    const batches = [...nspEvaluation(tokens, options)];
    const pairs = batches.flatMap((batch) => pairsOf(batch));
    assert.equal(pairs.length, new NspSource(tokens, options).pairs);
    assert.equal(new Set(pairs.map(({ a }) => placeOf(a)[0])).size, 20);
    const still = { ...options, masking: { rate: 0.15, dynamic: false } };
    assert.deepEqual([...nspEvaluation(tokens, still)], batches);
    const some = [...nspEvaluation(tokens, { ...options, batches: 3 })];
    assert.equal(some.length, 3);
    assert.equal(
      pairsOf(some[2]!).every((pair) => pairs.some((each) => written(each) === written(pair))),
      true,
    );
  });
});
