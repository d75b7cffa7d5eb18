import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fuzzCorpus, longLine, realCode } from '../../test/support/texts.ts';
import { wordEnd } from './pretokenize.ts';

/** GPT-2's pattern with \s spelled as the White_Space that its authors' regular expression engine means by it. */
const pattern =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

function split(text: string): string[] {
  const words: string[] = [];
  for (let start = 0; start < text.length;) {
    const end = wordEnd(text, start, text.length);
    words.push(text.slice(start, end));
    start = end;
  }
  return words;
}

describe('the split into words', () => {
  it("is that of GPT-2's pattern", () => {
    for (const text of [...fuzzCorpus(), ...realCode(), longLine(1e6, true), longLine(1e6, false)]) {
      assert.deepEqual(split(text), text.match(pattern) ?? []);
    }
  });

  it("is that of GPT-2's pattern around every code point", () => {
    for (let codePoint = 0; codePoint < 0x110000; codePoint++) {
      const c = String.fromCodePoint(codePoint);
      const text = `x${c}${c} ${c}9`;
      const words = split(text);
      if (words.join('|') !== text.match(pattern)!.join('|'))
        assert.fail(`U+${codePoint.toString(16)}: ${words.join('|')}`);
    }
  });

  it('treats the end of a stretch as the end of the text', () => {
    assert.equal(wordEnd("it's", 2, 3), 3);
    assert.equal(wordEnd('a   b', 1, 4), 4);
    assert.equal(wordEnd('a   b', 1, 5), 3);
  });
});
