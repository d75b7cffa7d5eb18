import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { trainChar } from './char.ts';
import { MARK } from './placed-tokens.ts';

describe('a character tokenizer', () => {
  it('has the code points of its corpus in ascending order, and nothing else', async () => {
    const tokenizer = await trainChar({ texts: ['hello\n', 'wörld 😀'] });
    assert.deepEqual([...tokenizer.model.vocab.keys()].join(''), '\n dehlorwö😀');
    assert.equal(tokenizer.vocabSize, 11);
    assert.equal(tokenizer.specialTokens.size, 0);
  });

  it('gives back every text of its characters', async () => {
    const text = 'x = "😀é"; // \r\n\t';
    const tokenizer = await trainChar({ texts: [text] });
    const ids = tokenizer.encode(text);
    assert.equal(ids.length, text.length - 1, 'one a character, not one a UTF-16 unit');
    assert.equal(tokenizer.decode(ids), text);
    assert.deepEqual(Buffer.concat([...ids].map((id) => tokenizer.tokenBytes(id))).toString(), text);
  });

  it('places every token in the text', async () => {
    const tokenizer = await trainChar({ texts: ['a😀b'], specialTokens: ['<s>'] });
    const { ids, ends, marks } = tokenizer.encodeWithPlaces('<s>😀b', { allowSpecial: true });
    assert.deepEqual(
      Array.from(ids, (id) => tokenizer.idToToken(id)),
      ['<s>', '😀', 'b'],
    );
    assert.deepEqual([...ends], [3, 5, 6]);
    assert.deepEqual([...marks], [MARK.added | MARK.endsWord, MARK.endsWord, MARK.endsWord]);
  });

  it('names a character that it does not know, and where it stands', async () => {
    const tokenizer = await trainChar({ texts: ['abc'] });
    assert.throws(() => tokenizer.encode('ab😀'), {
      code: 'tokenizer',
      message: 'character "😀" (U+1F600) at offset 2 is not in the vocabulary',
    });
  });

  it('uses the unknown token if it has one', async () => {
    const tokenizer = await trainChar({ texts: ['abc'], unknownToken: '<unk>' });
    assert.deepEqual([...tokenizer.encode('aéb')], [0, 3, 1]);
    assert.equal(tokenizer.decode([0, 3, 1]), 'a<unk>b');
    assert.equal(tokenizer.decode([0, 3, 1], { skipSpecial: true }), 'ab');
  });

  it('reads a lone surrogate as U+FFFD', async () => {
    const tokenizer = await trainChar({ texts: ['a\ud800'] });
    assert.equal(tokenizer.decode(tokenizer.encode('\udc00a')), '\ufffda');
  });

  it('says that there is no text', async () => {
    await assert.rejects(trainChar({ texts: [''] }), { code: 'data' });
    await assert.rejects(trainChar({ texts: ['a'], signal: AbortSignal.abort() }), { code: 'cancelled' });
  });
});
