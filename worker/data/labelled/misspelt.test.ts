import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { questionsFromJsonl } from './question-examples.ts';
import { tagsFromJsonl } from './tag-examples.ts';
import { textsFromCsv, textsFromJsonl } from './text-examples.ts';

describe('a field that is misspelt', () => {
  const good = '{"text": "a", "label": "x", "pair": "b"}\n';
  const refused = (message: string) => ({ code: 'data', message });

  it('is named, with what was expected', () => {
    assert.throws(
      () => textsFromJsonl(`${good}{"text": "a", "label": "x", "pairs": "b"}`, 'm.jsonl'),
      refused('m.jsonl:2: unknown field pairs; expected pair'),
    );
    assert.throws(
      () => textsFromJsonl('{"text": "a", "labels": "x"}', 'm.jsonl'),
      refused('m.jsonl:1: unknown field labels; expected label'),
    );
    assert.throws(
      () => textsFromJsonl('{"text": "a", "lable": "x"}', 'm.jsonl'),
      refused('m.jsonl:1: unknown field lable; expected label'),
    );
    assert.throws(
      () => questionsFromJsonl('{"question": "q", "context": "c", "Anwser": "c"}', 'q.jsonl'),
      refused('q.jsonl:1: unknown field Anwser; expected answer'),
    );
    assert.throws(
      () => tagsFromJsonl('{"token": ["a"], "tags": ["O"]}', 't.jsonl'),
      refused('t.jsonl:1: unknown field token; expected tokens'),
    );
    assert.throws(
      () => textsFromCsv('text,label,pairs\na,x,b', 'm.csv'),
      refused('m.csv:1: unknown field pairs; expected pair'),
    );
  });

  it('is none where it is far from all that are missing, or nothing is', () => {
    assert.equal(
      textsFromJsonl('{"idx": 1, "text": "a", "label": "x", "source": "web"}', 'm.jsonl').length,
      1,
    );
    assert.equal(textsFromJsonl('{"text": "a", "label": "x", "pair": "b", "pairs": 2}', 'm.jsonl').length, 1);
    assert.equal(textsFromCsv('idx,text,label\n1,a,x', 'm.csv').length, 1);
    const question =
      '{"idx": 1, "title": "t", "question": "q", "context": "c", "answers": {"text": ["c"], "answer_start": [0]}}';
    assert.equal(questionsFromJsonl(question, 'q.jsonl').length, 1);
  });
});
