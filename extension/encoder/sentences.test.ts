import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { maskedSentence, type Place, sentencesWith } from './sentences.ts';

/** A text with the part in brackets. */
function place(text: string): Place {
  const [before = '', part = '', after = ''] = text.split(/[<>]/);
  return { before, part, after };
}

describe('maskedSentence', () => {
  const masked = (text: string): string => maskedSentence(place(text), '[MASK]').text;

  it('masks a word in its sentence', () => {
    assert.equal(masked('It rains. The <sun> shines. Good!'), 'The [MASK] shines.');
    assert.equal(masked('<It> rains. The sun shines.'), '[MASK] rains.');
    assert.equal(masked('It rains. Good <day>'), 'Good [MASK]');
    assert.equal(masked('<It>'), '[MASK]');
  });

  it('goes over the ends of lines, and not over blank ones', () => {
    assert.equal(masked('One.\nThe river\n<bank> is\ngreen. Two.'), 'The river\n[MASK] is\ngreen.');
    assert.equal(masked('A heading\n\nthe <bank> is\n \nno more'), 'the [MASK] is');
    assert.equal(masked('A heading\r\n\r\nthe <bank> is\r\nopen'), 'the [MASK] is\r\nopen');
  });

  it('takes all sentences that a part reaches into', () => {
    assert.equal(masked('One. Two <three. Four> five. Six.'), 'Two [MASK] five.');
  });

  it('tells where the mask is', () => {
    for (const text of ['It rains.  The <sun> shines.', '  <a> b', 'x\n\n <a> b']) {
      const { text: found, at } = maskedSentence(place(text), '[MASK]');
      assert.equal(found.slice(at, at + 6), '[MASK]');
    }
  });
});

describe('sentencesWith', () => {
  it('finds the sentences that hold a word, whole and in any case', () => {
    const text = 'The bank is\nopen. Banks are not. A Bank! (bank). The bank is open.\n\nbank';
    assert.deepEqual(sentencesWith(text, 'bank', 10), {
      sentences: ['The bank is open.', 'A Bank!', '(bank).', 'bank'],
      total: 4,
    });
    assert.deepEqual(sentencesWith(text, 'bank', 2).sentences.length, 2);
    assert.equal(sentencesWith(text, 'bank', 2).total, 4);
    assert.deepEqual(sentencesWith('a.b c', 'a?b', 9), { sentences: [], total: 0 });
  });
});
