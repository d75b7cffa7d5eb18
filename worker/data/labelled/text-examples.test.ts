import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClozeError } from '../../base/errors.ts';
import { csvRecords } from './csv.ts';
import { textsFromCsv, textsFromJsonl } from './text-examples.ts';

const wrong = (message: string) => (error: unknown) =>
  error instanceof ClozeError && error.code === 'data' && error.message.includes(message);
const fieldsOf = (text: string): (readonly string[])[] =>
  Array.from(csvRecords(text, 'a.csv'), ({ fields }) => fields);

describe('csvRecords', () => {
  it('reads RFC 4180', () => {
    assert.deepEqual(fieldsOf('a,b\r\n"x, ""y""\r\nz",\r\n,\r\n'), [
      ['a', 'b'],
      ['x, "y"\r\nz', ''],
      ['', ''],
    ]);
    assert.deepEqual(fieldsOf('a,b\n\n"",c'), [
      ['a', 'b'],
      ['', 'c'],
    ]);
    assert.deepEqual(fieldsOf('a\rb'), [['a'], ['b']]);
    assert.deepEqual(fieldsOf(''), []);
  });

  it('counts the lines inside of quotes', () => {
    const lines = Array.from(csvRecords('a\n"1\n2\r\n3"\nb\n\nc', 'a.csv'), ({ line }) => line);
    assert.deepEqual(lines, [1, 2, 5, 7]);
  });

  it('names the line of a wrong quote', () => {
    assert.throws(() => fieldsOf('a\n"b\nc'), wrong('a.csv:2: a quote is not closed'));
    assert.throws(() => fieldsOf('a\nb"c"'), wrong(`a.csv:2: expected a field's end, got "\\""`));
    assert.throws(() => fieldsOf('"a"b'), wrong(`a.csv:1: expected a field's end, got "b"`));
  });

  it('reads long quoted fields', () => {
    const text = 'line, with ""quotes""\n'.repeat(50_000);
    assert.equal(fieldsOf(`"${text}"`)[0]![0], text.replaceAll('""', '"'));
  });
});

describe('textsFromCsv', () => {
  it('finds its columns by their names, in any order', () => {
    assert.deepEqual(textsFromCsv('id,Label,text\n1,ham,"Hi, you"\n2,spam,Win', 'm.csv'), [
      { text: 'Hi, you', pair: undefined, label: 'ham', where: 'm.csv:2' },
      { text: 'Win', pair: undefined, label: 'spam', where: 'm.csv:3' },
    ]);
    assert.equal(textsFromCsv('text\tpair\tlabel\na\tb\tc', 'm.tsv', '\t')[0]!.pair, 'b');
  });

  it('names the line of what is wrong', () => {
    assert.throws(
      () => textsFromCsv('text,kind\na,b', 'm.csv'),
      wrong('m.csv:1: expected the columns text and label'),
    );
    assert.throws(
      () => textsFromCsv('text,label\n"a\nb",c\nd,e,f', 'm.csv'),
      wrong('m.csv:4: expected 2 columns, got 3'),
    );
    assert.throws(() => textsFromCsv('text,label\na,', 'm.csv'), wrong('m.csv:2: the label is empty'));
    assert.throws(() => textsFromCsv('', 'm.csv'), wrong('m.csv is empty'));
  });
});

describe('textsFromJsonl', () => {
  it('reads texts, pairs, and labels that are numbers', () => {
    const text = '{"text": "a", "label": "x", "id": 7}\r\n\n{"text": "b", "pair": "c", "label": 1}\n';
    assert.deepEqual(textsFromJsonl(text, 'm.jsonl'), [
      { text: 'a', pair: undefined, label: 'x', where: 'm.jsonl:1' },
      { text: 'b', pair: 'c', label: '1', where: 'm.jsonl:3' },
    ]);
  });

  it('names the line and the field of what is wrong', () => {
    const good = '{"text": "a", "label": "x"}\n';
    assert.throws(() => textsFromJsonl(`${good}{"text": "a"}`, 'm.jsonl'), wrong('m.jsonl:2: label'));
    assert.throws(
      () => textsFromJsonl(`${good}{"text": 1, "label": "x"}`, 'm.jsonl'),
      wrong('m.jsonl:2: text'),
    );
    assert.throws(() => textsFromJsonl(`${good}\n{"text"`, 'm.jsonl'), wrong('m.jsonl:3 is not JSON'));
  });
});
