import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CompleteRequestSchema } from '../../worker/protocol/generation.ts';
import { answerOf, completeRequest, type CompletionOptions, workOf } from './request.ts';
import { completion } from './test-support.ts';

const options: CompletionOptions = {
  eol: '\n',
  indent: '  ',
  lines: 'auto',
  fim: true,
  weights: undefined,
  maxTokens: 48,
  budgetMs: 600,
  neighbours: () => ['b'],
};
const snapshot = { uri: 'file:///a.ts', offset: 1, prefix: 'a', suffix: 'z' };

describe('a request', () => {
  it('is one that the worker takes', () => {
    const request = completeRequest('/model', snapshot, options, true);
    assert.ok(CompleteRequestSchema.safeParse(request).success);
    assert.equal(request.budgetMs, 600);
    assert.equal(request.fim, undefined);
  });

  it('leaves out what is not known, and what the user does not want', () => {
    const request = completeRequest('/model', snapshot, { ...options, indent: undefined, fim: false }, true);
    assert.ok(CompleteRequestSchema.safeParse(request).success);
    assert.ok(!('indent' in request));
    assert.equal(request.fim, false);
    assert.ok(!('weights' in request));
    assert.equal(completeRequest('/model', snapshot, { ...options, weights: 'int4' }, true).weights, 'int4');
  });

  it('has more time when the user asks', () =>
    assert.equal(completeRequest('/model', snapshot, options, false).budgetMs, 3000));
});

describe('an answer', () => {
  it('has the line ends of the document', () => {
    assert.equal(answerOf(completion({ text: 'a\nb\r\nc' }), '\r\n')?.text, 'a\r\nb\r\nc');
    assert.equal(answerOf(completion({ text: 'a\r\nb' }), '\n')?.text, 'a\nb');
  });

  it('is none where the model was stopped before it came to an end', () => {
    assert.equal(answerOf(completion({ reason: 'cancelled', nothing: 'cancelled' }), '\n'), undefined);
    assert.equal(answerOf(completion({ reason: 'budget', nothing: 'unfinished' }), '\n'), undefined);
    assert.equal(answerOf(completion({ reason: 'budget', text: 'whole words' }), '\n')?.text, 'whole words');
    assert.equal(answerOf(completion({ nothing: 'blank' }), '\n')?.nothing, 'blank');
  });

  it('is told in numbers', () =>
    assert.equal(
      workOf(completion({})),
      'the model read 10 of 20 tokens in 1 ms, chose 3 in 3 runs, 2 ms in all, and ended by: end',
    ));
});
