import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClozeError } from '../base/errors.ts';
import { entitiesOf, entityReport } from './entities.ts';

const tags = (line: string): string[] => line.split(' ');
const found = (line: string): string =>
  entitiesOf(tags(line))
    .map(({ type, first, last }) => `${type}:${first}-${last}`)
    .join(' ');

describe('entitiesOf', () => {
  const cases: [what: string, tags: string, entities: string][] = [
    ['BIO', 'B-PER I-PER O B-LOC', 'PER:0-1 LOC:3-3'], // seqeval's own example
    ['two neighbours of a type', 'B-PER B-PER I-PER', 'PER:0-0 PER:1-2'],
    ['neighbours of two types', 'B-PER B-LOC I-LOC', 'PER:0-0 LOC:1-2'],
    ['IOB1, whose entities begin with I', 'O I-PER I-PER O I-LOC B-LOC', 'PER:1-2 LOC:4-4 LOC:5-5'],
    ['an I of another type begins an entity', 'B-PER I-LOC I-LOC', 'PER:0-0 LOC:1-2'],
    ['IOBES', 'S-PER B-LOC I-LOC E-LOC O S-ORG S-ORG', 'PER:0-0 LOC:1-3 ORG:5-5 ORG:6-6'],
    ['E after O, E after E', 'O E-PER E-PER', 'PER:1-1 PER:2-2'],
    ['I after E or S', 'B-PER E-PER I-PER S-PER I-PER', 'PER:0-1 PER:2-2 PER:3-3 PER:4-4'],
    ['B up to the next B or S', 'B-PER S-PER B-PER B-PER', 'PER:0-0 PER:1-1 PER:2-2 PER:3-3'],
    ['tags without a type', 'B I O B', '_:0-1 _:3-3'],
    ['a dash in the type', 'B-event-date I-event-date', 'event-date:0-1'],
    ['BILOU', 'U-PER U-PER B-LOC I-LOC L-LOC L-LOC', 'PER:0-0 PER:1-1 LOC:2-4 LOC:5-5'],
    ['types without letters', 'ORG ORG O NOUN', 'ORG:0-1 NOUN:3-3'],
    ['none', 'O O', ''],
  ];
  for (const [what, line, entities] of cases) {
    it(what, () => assert.equal(found(line), entities));
  }
  it('of no words', () => assert.deepEqual(entitiesOf([]), []));
});

describe('entityReport', () => {
  it("agrees with seqeval's example", () => {
    const actual = [tags('O O O B-MISC I-MISC I-MISC O'), tags('B-PER I-PER O')];
    const predicted = [tags('O O B-MISC I-MISC I-MISC I-MISC O'), tags('B-PER I-PER O')];
    assert.deepEqual(entityReport(actual, predicted), {
      precision: 0.5,
      recall: 0.5,
      f1: 0.5,
      types: {
        MISC: { precision: 0, recall: 0, f1: 0, support: 1 },
        PER: { precision: 1, recall: 1, f1: 1, support: 1 },
      },
      macroF1: 0.5,
      tagAccuracy: 0.8,
    });
  });

  it('counts by sentence and type: 2 of 3 found are right, of 4 that there are', () => {
    const actual = [tags('B-A O B-A O'), tags('B-A O B-B O')];
    const predicted = [tags('B-A O O O'), tags('B-A O B-A O')];
    const { precision, recall, f1, types } = entityReport(actual, predicted);
    assert.deepEqual([precision, recall, f1], [2 / 3, 2 / 4, 4 / 7]);
    assert.deepEqual(types.A, { precision: 2 / 3, recall: 2 / 3, f1: 2 / 3, support: 3 });
    assert.deepEqual(types.B, { precision: 0, recall: 0, f1: 0, support: 1 });
  });

  it('does not let an entity go over the end of a sentence', () => {
    assert.equal(entityReport([tags('B-A'), tags('I-A')], [tags('B-A'), tags('I-A')]).types.A!.support, 2);
  });

  it('refuses sentences that are not aligned', () => {
    assert.throws(() => entityReport([['O']], []), ClozeError);
    assert.throws(
      () => entityReport([['O'], ['O', 'O']], [['O'], ['O']]),
      (error) =>
        error instanceof ClozeError && error.message.includes('sentence 1 has 2 tags, and 1 predicted'),
    );
  });
});
