import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClozeError } from '../../base/errors.ts';
import { questionsFromJsonl, questionsFromSquad } from './question-examples.ts';

const wrong = (message: string) => (error: unknown) =>
  error instanceof ClozeError && error.code === 'data' && error.message.includes(message);

/** A SQuAD file of one context. */
function squad(context: string, ...qas: Record<string, unknown>[]): string {
  return JSON.stringify({ version: 'v2.0', data: [{ title: 'T', paragraphs: [{ context, qas }] }] });
}
const ask = (text: string, answer_start: number): Record<string, unknown> => ({
  id: 'q1',
  question: 'Who?',
  answers: [{ text, answer_start }],
});
const answersOf = (context: string, question: Record<string, unknown>) =>
  questionsFromSquad(squad(context, question), 's.json')[0]!.answers;

describe('questionsFromSquad', () => {
  it('reads version 1.1 and 2.0', () => {
    const context = 'Ada met Bob. Bob left.';
    const impossible = {
      id: 'q2',
      question: 'Why?',
      answers: [],
      plausible_answers: [{ text: 'Bob', answer_start: 8 }],
      is_impossible: true,
    };
    assert.deepEqual(questionsFromSquad(squad(context, ask('Bob', 13), impossible), 's.json'), [
      {
        id: 'q1',
        question: 'Who?',
        context,
        answers: [{ text: 'Bob', start: 13 }],
        where: 's.json, question q1',
      },
      { id: 'q2', question: 'Why?', context, answers: [], where: 's.json, question q2' },
    ]);
  });

  it('counts in code points, as Python does, and takes UTF-16 units too', () => {
    const context = '😀😀 Ada';
    assert.deepEqual(answersOf(context, ask('Ada', 3)), [{ text: 'Ada', start: 5 }]);
    assert.deepEqual(answersOf(context, ask('Ada', 5)), [{ text: 'Ada', start: 5 }]);
  });

  it('names the question whose answer is not there, and the nearest place where it is', () => {
    assert.throws(
      () => answersOf('Ada met Bob. Bob left.', ask('Bob', 11)),
      wrong('question q1: the answer "Bob" is not at 11 of its context; the nearest place where it is is 13'),
    );
    assert.throws(
      () => answersOf('😀😀 Ada', ask('Ada', 1)),
      (error) => error instanceof ClozeError && error.details.nearest === 3,
    );
    assert.throws(
      () => answersOf('Ada', ask('Eve', 0)),
      wrong('question q1: the answer "Eve" is not in its context'),
    );
  });

  it('names the field of what is wrong', () => {
    assert.throws(
      () => questionsFromSquad(squad('a', { id: 'q', answers: [] }), 's.json'),
      wrong('data.0.paragraphs.0.qas.0.question'),
    );
    assert.throws(() => questionsFromSquad('{', 's.json'), wrong('s.json is not JSON'));
  });
});

describe('questionsFromJsonl', () => {
  const read = (value: unknown) => questionsFromJsonl(`\n${JSON.stringify(value)}`, 'q.jsonl')[0]!;
  const base = { question: 'Who?', context: 'Ada met Bob.' };

  it('reads the flat form of SQuAD, and one answer', () => {
    const flat = read({ ...base, id: 5, answers: { text: ['Bob', 'met Bob'], answer_start: [8, 4] } });
    assert.equal(flat.id, '5');
    assert.deepEqual(flat.answers, [
      { text: 'Bob', start: 8 },
      { text: 'met Bob', start: 4 },
    ]);
    assert.deepEqual(read({ ...base, answer: 'Bob', answer_start: 8 }).answers, [{ text: 'Bob', start: 8 }]);
    assert.deepEqual(read({ ...base, answer: 'Bob' }).answers, [{ text: 'Bob', start: 8 }]);
    assert.equal(read({ ...base, answer: 'Bob' }).id, 'q.jsonl:2');
    for (const none of [{}, { answer: null }, { answer: '' }, { answers: { text: [], answer_start: [] } }]) {
      assert.deepEqual(read({ ...base, ...none }).answers, []);
    }
  });

  it('names the line of what is wrong', () => {
    assert.throws(
      () => read({ ...base, answer: 'Eve' }),
      wrong('q.jsonl:2: the answer "Eve" is not in its context'),
    );
    assert.throws(
      () => read({ question: 'Who?', context: 'Bob and Bob', answer: 'Bob' }),
      wrong('q.jsonl:2: the answer "Bob" is 2 times in its context'),
    );
    assert.throws(
      () => read({ ...base, answers: { text: ['Bob'], answer_start: [] } }),
      wrong('q.jsonl:2: expected an answer_start for each text'),
    );
    assert.throws(() => read({ question: 'Who?' }), wrong('q.jsonl:2: context'));
  });
});
