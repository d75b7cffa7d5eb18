import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { bertTokenizer } from '../../test/support/bert.ts';
import { type HuggingFaceTokenizer, huggingFaceTokenizer } from '../../test/support/hugging-face.ts';
import { fuzzCorpus, longLine, realCode } from '../../test/support/texts.ts';
import { UNCASED } from './bert-normalizer.ts';
import { MARK, startOf } from './placed-tokens.ts';
import { toTokenizerJson } from './tokenizer-json.ts';
import { BERT_MODEL } from './wordpiece-model.ts';
import { WordPieceTokenizer } from './wordpiece.ts';

/**
 * The peer looks for ideographs in UTF-16 units and so misses those above U+FFFF, which BERT's tokenization.py spaces as
 * the others; the test of pinned ids holds Cloze there.
 */
const spacedForPeer = (text: string): string =>
  text.replace(/[\u{20000}-\u{2a6df}\u{2a700}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu, ' $& ');

const namesOf = (tokenizer: WordPieceTokenizer, text: string): string[] =>
  Array.from(tokenizer.encode(text), (id) => tokenizer.idToToken(id)!);

function assertSameIds(text: string, ours: Int32Array, theirs: readonly number[]): void {
  const at = ours.findIndex((id, i) => id !== theirs[i]);
  if (at < 0 && ours.length === theirs.length) return;
  assert.fail(
    `${JSON.stringify(text.slice(0, 80))}: token ${at} of ${ours.length} is ${ours[at]}, theirs ${theirs[at]}`,
  );
}

const plain = { add_special_tokens: false };

describe("bert-base-uncased's vocabulary", () => {
  let bert: WordPieceTokenizer;
  let peer: HuggingFaceTokenizer;
  before(async () => {
    bert = await bertTokenizer();
    peer = await huggingFaceTokenizer(toTokenizerJson(bert));
  });

  it('has 30522 tokens and five special ones', () => {
    assert.equal(bert.vocabSize, 30522);
    assert.deepEqual(Object.fromEntries(bert.specialTokens), {
      '[PAD]': 0,
      '[UNK]': 100,
      '[CLS]': 101,
      '[SEP]': 102,
      '[MASK]': 103,
    });
    assert.deepEqual([...bert.encode('Hello world')], [7592, 2088]);
  });

  it('encodes as @huggingface/tokenizers does', () => {
    for (const text of [...fuzzCorpus(), ...realCode(), longLine(1e5, true)]) {
      assertSameIds(text, bert.encode(text), peer.encode(spacedForPeer(text), plain).ids);
    }
  });

  it('encodes as it does with every other setting of the normalizer', async () => {
    const texts = fuzzCorpus().filter((_, i) => i % 3 === 0);
    for (const change of [
      { lowercase: false },
      { stripAccents: false },
      { lowercase: false, stripAccents: true },
      { handleChineseChars: false },
      { cleanText: false },
    ]) {
      const ours = new WordPieceTokenizer({ ...bert.model, normalizer: { ...UNCASED, ...change } });
      const theirs = await huggingFaceTokenizer(toTokenizerJson(ours));
      const { handleChineseChars, cleanText } = ours.normalizer.options;
      for (const text of texts) {
        // Uncleaned, the peer goes by JavaScript's \s, which has U+FEFF and lacks U+0085.
        const shown = cleanText ? text : text.replace(/[\u0085\ufeff]|\p{Cs}/gu, '?');
        const spaced = handleChineseChars ? spacedForPeer(shown) : shown;
        assertSameIds(text, ours.encode(shown), theirs.encode(spaced, plain).ids);
      }
    }
  });

  it('spaces ideographs above U+FFFF, as tokenization.py does', () => {
    assert.deepEqual(namesOf(bert, 'a\u{20000}\u{2f800}b'), ['a', '[UNK]', '[UNK]', 'b']);
    assert.deepEqual(namesOf(bert, '中国人'), ['中', '国', '人']);
  });

  it('spells a sigma at the end of a word as such, also over an apostrophe', () => {
    const sigma = new WordPieceTokenizer({
      ...BERT_MODEL,
      vocab: new Map(['[UNK]', 'ας', "'", 'σ', 'ς', 'σα'].map((token, id) => [token, id])),
      addedTokens: [],
      normalizer: UNCASED,
    });
    assert.deepEqual(namesOf(sigma, 'ΑΣ ΣΑ Σ'), ['ας', 'σα', 'σ']);
    assert.deepEqual(namesOf(sigma, "ΑΣ'Σ").slice(1), ["'", 'ς']);
  });

  it('decodes as @huggingface/tokenizers does', () => {
    for (const text of [...realCode(), ...fuzzCorpus().filter((_, i) => i % 50 === 0)]) {
      const ids = bert.encode(text);
      if (ids.length === 0) continue;
      assert.equal(bert.decode(ids), peer.decode([...ids]));
    }
    const ids = bert.encode("[CLS] it's unaffable, isn't it? [SEP]", { allowSpecial: true });
    assert.equal(bert.decode(ids, { skipSpecial: true }), "it ' s unaffable, isn ' t it?");
    assert.equal(bert.decode(ids), peer.decode([...ids]));
    assert.equal(bert.decode([]), '');
    assert.throws(() => bert.decode([30522]), /no token has id 30522/);
  });

  it('finds special tokens only where they are allowed', () => {
    const text = 'a [MASK] b[SEP]';
    assertSameIds(text, bert.encode(text, { allowSpecial: true }), peer.encode(text, plain).ids);
    assert.ok(bert.encode(text).every((id) => id > 103));
    assert.deepEqual(namesOf(bert, '[MASK]'), ['[', 'mask', ']']);
  });

  it('places every token in the text', () => {
    const texts = ['Ünïted  wörlds\n', 'e\u0301a\u0301 b', '中 国 x', ...fuzzCorpus(), ...realCode()];
    for (const text of texts) {
      const placed = bert.encodeWithPlaces(text, { allowSpecial: true });
      assert.deepEqual(placed.ids, bert.encode(text, { allowSpecial: true }));
      let end = 0;
      for (const [i, id] of placed.ids.entries()) {
        const start = startOf(text, placed, i);
        assert.ok(start <= end && placed.ends[i]! > start, 'tokens leave no gap');
        end = placed.ends[i]!;
        if (id === 100 || (placed.marks[i]! & MARK.insideCharacter) !== 0) continue;
        const { text: shown } = bert.normalizer.normalize(text, start, end);
        const piece = Buffer.from(bert.tokenBytes(id)).toString();
        assert.ok(shown.includes(piece) || shown.length > piece.length, `${shown} holds ${piece}`);
      }
      assert.equal(bert.encode(text.slice(end)).length, 0, 'nothing stands after the last token');
    }
  });

  it('marks the ends of words, added tokens, and tokens that end inside a character', () => {
    const text = ' Caf\u00e9s, e\u0301x\u200b [MASK]각';
    const placed = bert.encodeWithPlaces(text, { allowSpecial: true });
    const { insideCharacter: inside, endsWord: word, added } = MARK;
    assert.deepEqual(
      Array.from(placed.ids, (id, i) => [bert.idToToken(id), placed.ends[i], placed.marks[i]]),
      [
        ['cafes', 6, word],
        [',', 7, word],
        ['ex', 12, word],
        ['[MASK]', 19, added | word],
        ['ᄀ', 20, inside],
        ['##ᅡ', 20, inside],
        ['##ᆨ', 20, word],
      ],
    );
  });

  it('ends a token after the accents that are taken from it', () => {
    const { ends } = bert.encodeWithPlaces('cafe\u0301 e\u0323\u0301, x');
    assert.deepEqual([...ends], [5, 9, 10, 12]);
  });

  it('explains each piece by the candidates that it tried', () => {
    for (const text of [...realCode().slice(0, 1), ...fuzzCorpus().filter((_, i) => i % 20 === 0)]) {
      const part = text.slice(0, 4096);
      const words = bert.explain(part, { allowSpecial: true });
      assert.deepEqual(
        words.flatMap(({ ids }) => ids),
        [...bert.encode(part, { allowSpecial: true })],
      );
    }
    assert.deepEqual(bert.explain('The-Zqé'), [
      { start: 0, end: 3, word: 'the', steps: [{ tried: [], match: 'the' }], ids: [bert.tokenToId('the')] },
      { start: 3, end: 4, word: '-', steps: [{ tried: [], match: '-' }], ids: [bert.tokenToId('-')] },
      {
        start: 4,
        end: 7,
        word: 'zqe',
        steps: [
          { tried: ['zqe', 'zq'], match: 'z' },
          { tried: ['##qe'], match: '##q' },
          { tried: [], match: '##e' },
        ],
        ids: ['z', '##q', '##e'].map((piece) => bert.tokenToId(piece)),
      },
    ]);
  });
});

describe('a WordPiece tokenizer', () => {
  const withPieces = (...pieces: string[]): WordPieceTokenizer =>
    new WordPieceTokenizer({
      ...BERT_MODEL,
      vocab: new Map(['[UNK]', ...pieces].map((token, id) => [token, id])),
      addedTokens: [{ id: 0, content: '[UNK]', special: true }],
      normalizer: UNCASED,
    });

  it("spells the guide's example", () => {
    const guide = withPieces('un', '##aff', '##able', '##a', 'u');
    assert.deepEqual(namesOf(guide, 'unaffable'), ['un', '##aff', '##able']);
    assert.deepEqual(namesOf(guide, 'Unáffable unaffablex'), ['un', '##aff', '##able', '[UNK]']);
    assert.equal(guide.decode(guide.encode('unaffable')), 'unaffable');
    assert.equal(Buffer.from(guide.tokenBytes(3)).toString(), 'able');
  });

  it('takes words of up to 100 characters, whatever their units', () => {
    const letters = withPieces('a', '##a', '𝒶', '##𝒶');
    assert.equal(letters.encode('a'.repeat(100)).length, 100);
    assert.deepEqual([...letters.encode('a'.repeat(101))], [0]);
    assert.equal(letters.encode('𝒶'.repeat(100)).length, 100);
    assert.deepEqual([...letters.encode('𝒶'.repeat(101))], [0]);
    assert.deepEqual(letters.explain('a'.repeat(101))[0], {
      start: 0,
      end: 101,
      word: 'a'.repeat(101),
      steps: [],
      ids: [0],
    });
  });

  it('keeps its results when words overflow the cache', () => {
    const digits = withPieces('w', ...Array.from('0123456789', (digit) => `##${digit}`));
    const text = Array.from({ length: 140_000 }, (_, i) => `w${i}`).join(' ');
    const expected = Array.from({ length: 140_000 }, (_, i) => [
      1,
      ...Array.from(String(i), (d) => Number(d) + 2),
    ]).flat();
    assert.deepEqual(Array.from(digits.encode(text)), expected);
    assert.deepEqual(Array.from(digits.encode(text)), expected);
  });

  it('encodes a line of 1 MB without spaces in near-linear time', async () => {
    const bert = await bertTokenizer();
    for (const text of [
      longLine(1e6, false),
      '='.repeat(1e6),
      '中'.repeat(3e5),
      'é'.repeat(1e6),
      '-a'.repeat(5e5),
    ]) {
      const start = performance.now();
      bert.encode(text);
      bert.encodeWithPlaces(text);
      const ms = performance.now() - start;
      assert.ok(ms < 10_000, `${ms.toFixed(0)} ms for ${text.length} characters`);
    }
  });

  it('needs its unknown token', () => {
    const model = { ...BERT_MODEL, addedTokens: [], normalizer: UNCASED };
    assert.throws(() => new WordPieceTokenizer({ ...model, vocab: new Map([['a', 0]]) }), {
      code: 'tokenizer',
      message: 'a vocabulary without [UNK]',
    });
  });
});
