import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { owedClosers, readCode } from './nesting.ts';

const open = (code: string): string => readCode(code).nesting.closers.join('');

describe('readCode', () => {
  it('knows the brackets that are open, innermost last', () => {
    assert.equal(open('f(a, [b, {'), ')]}');
    assert.equal(open('f(a, [b]'), ')');
    assert.equal(open('f([a)'), '', 'what was left open inside goes too');
  });

  it('reads no brackets in strings and comments', () => {
    assert.equal(open('f("(", \'[\', `{`'), ')');
    assert.equal(open('f("\\"(", r\'[\''), ')');
    assert.equal(open('{ // (\n[ /* ( */ # ('), '}]');
    assert.equal(open('"""\n( [\n""" {'), '}');
    assert.equal(open('"https://a.b/(c'), '"');
  });

  it('takes an apostrophe for one, and what its line does not close for no string', () => {
    assert.equal(open("don't (use"), ')');
    assert.equal(open('a = "never closed (\nb = ('), '))');
    assert.equal(open('a = "open (['), '"', 'the cursor may stand in it');
  });

  it('reads the expressions of a template as code', () => {
    assert.equal(open('`a ${b'), '`}');
    assert.equal(open('`a ${f({})} ('), '`');
  });

  it('takes a hash for a comment only where words follow', () => {
    assert.equal(open('#include ('), ')');
    assert.equal(open('this.#run('), ')');
    assert.equal(open('# run('), '');
  });

  it('tells the comment that it ends in', () => {
    assert.equal(readCode('a // b').nesting.comment, '\n');
    assert.equal(readCode('a /* b').nesting.comment, '*/');
    assert.equal(readCode('a /*/ b').nesting.comment, '*/');
    assert.equal(readCode('a // b\n').nesting.comment, '');
  });

  it('goes on from what is open, and tells what closes it', () => {
    const { nesting } = readCode('f(a, [');
    const reading = readCode('b], (c)) + d)', nesting);
    assert.deepEqual(reading.unmatched, [
      { closer: ']', at: 1, clean: true },
      { closer: ')', at: 7, clean: true },
      { closer: ')', at: 12, clean: false },
    ]);
    assert.equal(reading.inherited, 0);
  });
});

describe('owedClosers', () => {
  const owed = (before: string, after: string, whole = true): string =>
    owedClosers(readCode(before).nesting, after, whole).join('');

  it('are those that neither side has', () => {
    assert.equal(owed('{ f(', ')}'), '');
    assert.equal(owed('{ f(', '\n}'), ')');
    assert.equal(owed('{ f(', ''), ')}');
    assert.equal(owed('{ {', '}'), '}');
    assert.equal(owed('f("', '\n)'), '"');
  });

  it('are not those that may be closed beyond what is known', () => {
    assert.equal(owed('{ f(', ') + 1', false), '');
  });
});
