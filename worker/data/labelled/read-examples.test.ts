import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ClozeError } from '../../base/errors.ts';
import { folderWith } from '../test-support.ts';
import { readQuestions, readTags, readTexts } from './read-examples.ts';

const wrong = (message: string) => (error: unknown) =>
  error instanceof ClozeError && error.code === 'data' && error.message.includes(message);

describe('readTexts, readTags, readQuestions', () => {
  it('tell the format by the name', (t) => {
    const folder = folderWith(t, {
      'a.jsonl': '{"text": "x", "label": "y"}',
      'a.csv': '\uFEFFtext,label\nx,y',
      'a.TSV': 'text\tlabel\nx\ty',
      'tags.conll': 'x O',
      'tags.jsonl': '{"tokens": ["x"], "tags": ["O"]}',
      'questions.json':
        '{"data": [{"paragraphs": [{"context": "x", "qas": [{"id": "1", "question": "?"}]}]}]}',
      'questions.jsonl': '{"question": "?", "context": "x"}',
    });
    for (const name of ['a.jsonl', 'a.csv', 'a.TSV']) {
      assert.deepEqual(
        readTexts(join(folder, name)).map(({ text, label }) => [text, label]),
        [['x', 'y']],
      );
    }
    for (const name of ['tags.conll', 'tags.jsonl']) {
      assert.deepEqual(readTags(join(folder, name))[0]!.tokens, ['x']);
    }
    for (const name of ['questions.json', 'questions.jsonl']) {
      assert.equal(readQuestions(join(folder, name))[0]!.context, 'x');
    }
  });

  it('say what is wrong with the file', (t) => {
    const folder = folderWith(t, { 'a.csv': Uint8Array.of(0x74, 0xff), 'b.jsonl': '\n', 'c.xml': '' });
    assert.throws(() => readTexts(join(folder, 'a.csv')), wrong('a.csv is not UTF-8'));
    assert.throws(() => readTexts(join(folder, 'b.jsonl')), wrong('b.jsonl has no examples'));
    assert.throws(
      () => readTexts(join(folder, 'c.xml')),
      wrong('expected a file that ends in .jsonl, .csv, .tsv'),
    );
    assert.throws(() => readTags(join(folder, 'none.conll')), wrong('none.conll: no such file'));
  });
});
