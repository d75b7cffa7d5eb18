import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Reason, REASONS } from './reasons.ts';
import { refusal, type Situation } from './refusal.ts';

const plain: Situation = {
  automatic: true,
  enabled: true,
  languageId: 'typescript',
  languages: { '*': true },
  scheme: 'file',
  writable: true,
  tooLarge: false,
  cursors: 1,
  generating: false,
  model: '/model',
  untrusted: false,
  lineAfter: '',
  maxLineSuffix: 8,
};

const CASES: readonly [name: string, change: Partial<Situation>, reason: Reason | undefined][] = [
  ['nothing speaks against it', {}, undefined],
  ['switched off', { enabled: false }, 'off'],
  ['switched off, but asked for', { enabled: false, automatic: false }, undefined],
  ['per-language switch (llama.vscode 5): off', { languages: { typescript: false } }, 'language'],
  ['per-language switch: on, others off', { languages: { '*': false, typescript: true } }, undefined],
  ['per-language switch: others off', { languages: { '*': false, python: true } }, 'language'],
  ['per-language switch: not named', { languages: {} }, undefined],
  ['per-language switch: off, but asked for', { languages: { '*': false }, automatic: false }, undefined],
  ['a log', { scheme: 'output', writable: undefined }, 'document'],
  ['an old version in git', { scheme: 'git', writable: false }, 'document'],
  ['a new file', { scheme: 'untitled', writable: undefined }, undefined],
  ['a cell of a notebook', { scheme: 'vscode-notebook-cell', writable: undefined }, undefined],
  ['a virtual file system', { scheme: 'memfs' }, undefined],
  ['a document of 50 MB', { tooLarge: true }, 'tooLarge'],
  ['a document of 50 MB, asked for', { tooLarge: true, automatic: false }, 'tooLarge'],
  ['several cursors', { cursors: 2 }, 'cursors'],
  ['several cursors, asked for', { cursors: 2, automatic: false }, 'cursors'],
  ['while text is generated', { generating: true }, 'generating'],
  ['no model', { model: undefined }, 'noModel'],
  ["a stranger's model", { untrusted: true }, 'untrusted'],
  ['before a word', { lineAfter: 'foo' }, 'midWord'],
  ['before a word, asked for', { lineAfter: 'foo', automatic: false }, undefined],
  ['before closers', { lineAfter: `)]}"'\`;, ):` }, undefined],
  ['before a short rest', { lineAfter: ' + 12345)' }, undefined],
  ['before a long rest', { lineAfter: ' + one + three' }, 'textAfter'],
  ['before a long rest, asked for', { lineAfter: ' + one + three', automatic: false }, undefined],
  ['before as long a rest as the user allows', { lineAfter: ' + one + three', maxLineSuffix: 20 }, undefined],
];

describe('refusal', () => {
  for (const [name, change, reason] of CASES) {
    it(`${name}: ${reason ?? 'none'}`, () => assert.equal(refusal({ ...plain, ...change }), reason));
  }

  it('has a sentence for each reason', () => {
    for (const sentence of Object.values(REASONS)) assert.match(sentence, /^[A-Z].*\.$/);
  });
});
