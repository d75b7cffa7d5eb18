import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answerReport, exactMatch, normalizeAnswer, wordF1 } from './answers.ts';

describe('normalizeAnswer', () => {
  const cases: [text: string, normal: string][] = [
    ['The Eiffel  Tower!', 'eiffel tower'],
    ['an apple, a day', 'apple day'],
    ['U.S.A.', 'usa'],
    ['well-known', 'wellknown'],
    ['theatre Anthem', 'theatre anthem'],
    ['a_b  éa "the"', 'ab éa'], // the underscore is punctuation; é is a letter, so its a is no word
    ['«Paris»', '«paris»'], // only ASCII punctuation goes
    ['\tnew\u00a0york\n', 'new york'],
    ['The', ''],
  ];
  for (const [text, normal] of cases)
    it(JSON.stringify(text), () => assert.equal(normalizeAnswer(text), normal));
});

describe('exactMatch and wordF1', () => {
  it('forgive what is normalized away', () => {
    assert.equal(exactMatch('The Broncos.', 'broncos'), 1);
    assert.equal(exactMatch('Denver Broncos', 'broncos'), 0);
  });

  it('count words that are in common, as often as both have them', () => {
    assert.equal(wordF1('Denver Broncos', 'the broncos'), 2 / 3); // precision 1/2, recall 1
    assert.equal(wordF1('to be or not to be', 'to be'), (2 * 2) / (6 + 2));
    assert.equal(wordF1('be be', 'be'), 2 / 3);
    assert.equal(wordF1('x', 'y'), 0);
    assert.deepEqual([wordF1('', ''), wordF1('the', ''), wordF1('x', ''), wordF1('', 'x')], [1, 1, 0, 0]);
  });
});

describe('answerReport', () => {
  it('takes the best of the right answers, and the mean of the questions', () => {
    const report = answerReport([
      { predicted: 'Denver Broncos', answers: ['Broncos', 'the Denver Broncos'] },
      { predicted: 'in 1999', answers: ['1999'] },
      { predicted: '', answers: [] },
      { predicted: 'something', answers: ['the'] }, // normalized to nothing, so there is no answer
    ]);
    assert.deepEqual(report.answerable, { questions: 2, exactMatch: 0.5, f1: (1 + 2 / 3) / 2 });
    assert.deepEqual(report.unanswerable, { questions: 2, exactMatch: 0.5, f1: 0.5 });
    assert.deepEqual([report.questions, report.exactMatch], [4, 0.5]);
    assert.equal(Math.abs(report.f1 - (2 + 2 / 3) / 4) < 1e-12, true);
    assert.deepEqual(answerReport([]).f1, 0);
  });
});
