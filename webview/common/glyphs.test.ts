import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { glyphsOf, hexOf, spoken, textOf } from './glyphs.ts';

const shown = (text: string): string =>
  glyphsOf(text)
    .map((run) => (run.mark ? `<${run.text}>` : run.text))
    .join('');

describe('glyphs', () => {
  it('mark white space, runs of a kind together', () => {
    assert.equal(shown('  return\tx\r\n'), '<··>return<→>x<␍><↵>');
    assert.equal(shown('a b'), 'a<·>b');
  });

  it('name what would not be seen, or would move its neighbours', () => {
    assert.equal(shown('\u202ea\u200b\u0000\ufeff'), '<U+202E>a<U+200B><U+0000><U+FEFF>');
    assert.equal(shown('\ud800'), '<U+D800>');
  });

  it('give a combining character at the start something to stand on', () => {
    assert.equal(shown('\u0301e'), '◌\u0301e');
    assert.equal(shown('e\u0301'), 'e\u0301');
  });

  it('are said in words', () => {
    assert.equal(spoken('  return\n'), '2 spaces return new line');
    assert.equal(spoken(''), '');
  });

  it('of bytes are hexadecimal where they are not whole characters', () => {
    assert.equal(hexOf(Uint8Array.of(0xf0, 0x9f, 0x0a)), 'F0 9F 0A');
    assert.equal(textOf(Uint8Array.of(0xf0, 0x9f)), undefined);
    assert.equal(textOf(Uint8Array.of(0xc3, 0xa9)), 'é');
  });
});
