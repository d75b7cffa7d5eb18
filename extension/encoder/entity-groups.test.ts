import assert from 'node:assert/strict';
import { it } from 'node:test';
import { entityCounts, entityGroups, percent } from './entity-groups.ts';

const entity = (label: string, text: string) => ({ label, text, start: 0, end: 1, probability: 0.9 });
const ENTITIES = [entity('PER', 'Ada'), entity('LOC', 'Rome'), entity('PER', 'Bob')];

it('entityGroups: by type in the order of names', () => {
  assert.deepEqual(
    entityGroups(ENTITIES).map(({ label, entities }) => [label, entities.map(({ text }) => text)]),
    [
      ['LOC', ['Rome']],
      ['PER', ['Ada', 'Bob']],
    ],
  );
});

it('entityCounts: the most frequent first', () => {
  assert.equal(entityCounts(ENTITIES), 'PER 2, LOC 1');
  assert.equal(entityCounts([]), '');
});

it('percent: as many digits as say something', () => {
  assert.deepEqual([1, 0.974, 0.0512, 0.0001, 0].map(percent), ['100 %', '97 %', '5.1 %', '< 0.1 %', '0 %']);
});
