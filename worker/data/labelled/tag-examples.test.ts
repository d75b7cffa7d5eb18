import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClozeError } from '../../base/errors.ts';
import { tagsFromConll, tagsFromJsonl } from './tag-examples.ts';

const wrong = (message: string) => (error: unknown) =>
  error instanceof ClozeError && error.code === 'data' && error.message.includes(message);

describe('tagsFromConll', () => {
  it('takes the first and the last column, and parts sentences at empty lines', () => {
    const text = [
      '-DOCSTART- -X- -X- O',
      '',
      'EU NNP B-NP B-ORG',
      'rejects\tVBZ  B-VP\tO',
      '',
      '  ',
      'Peter NNP B-NP B-PER',
      '',
    ].join('\r\n');
    assert.deepEqual(tagsFromConll(text, 'a.conll'), [
      { tokens: ['EU', 'rejects'], tags: ['B-ORG', 'O'], where: 'a.conll:3' },
      { tokens: ['Peter'], tags: ['B-PER'], where: 'a.conll:7' },
    ]);
    assert.equal(tagsFromConll('a O\n-DOCSTART- O\nb O', 'a.conll').length, 2);
    assert.deepEqual(tagsFromConll('\n\n', 'a.conll'), []);
  });

  it('names the line whose columns are not balanced', () => {
    assert.throws(
      () => tagsFromConll('a X O\n\nb X O\nc O', 'a.conll'),
      wrong('a.conll:4: expected 3 columns, got 2'),
    );
    assert.throws(
      () => tagsFromConll('a O\nb X O', 'a.conll'),
      wrong('a.conll:2: expected 2 columns, got 3'),
    );
    assert.throws(() => tagsFromConll('alone', 'a.conll'), wrong('a.conll:1: expected 2 columns, got 1'));
  });
});

describe('tagsFromJsonl', () => {
  it('needs a tag for each token', () => {
    const good = '{"tokens": ["a", "b"], "tags": ["O", "B-X"]}\n';
    assert.deepEqual(tagsFromJsonl(good, 't.jsonl'), [
      { tokens: ['a', 'b'], tags: ['O', 'B-X'], where: 't.jsonl:1' },
    ]);
    assert.throws(
      () => tagsFromJsonl(`${good}{"tokens": ["a", "b"], "tags": ["O"]}`, 't.jsonl'),
      wrong('t.jsonl:2: expected a tag for each token, got 2 tokens and 1 tags'),
    );
    assert.throws(
      () => tagsFromJsonl(`${good}{"tokens": "a b", "tags": ["O"]}`, 't.jsonl'),
      wrong('t.jsonl:2: tokens'),
    );
  });
});
