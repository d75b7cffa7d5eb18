import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { huggingFaceTokenizer } from '../../test/support/hugging-face.ts';
import { alignTokens } from './token-alignment.ts';
import { loadTokenizer, saveTokenizer } from './tokenizer-files.ts';
import { MARK, startOf } from './placed-tokens.ts';
import type { AnyTokenizer } from './tokenizer-json.ts';

const special = (content: string, id: number): object => ({
  id,
  content,
  special: true,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
});

/** SentencePiece's Unigram, as T5 and XLM-RoBERTa have it. */
const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true };
const UNIGRAM = {
  added_tokens: [special('<unk>', 0), special('</s>', 1)],
  normalizer: { type: 'NFKC' },
  pre_tokenizer: metaspace,
  post_processor: null,
  decoder: metaspace,
  model: {
    type: 'Unigram',
    unk_id: 0,
    vocab: [
      ['<unk>', 0],
      ['</s>', 0],
      ...['▁the', '▁cat', '▁', 's', 'at', '▁fi', 'sh', 't', 'a', 'h', 'e', 'c', 'f', 'i'].map((token, i) => [
        token,
        -1 - i / 10,
      ]),
    ],
  },
};

/** BPE with bytes for what it lacks, as Llama 2 has it. */
const BYTES = Array.from(
  { length: 256 },
  (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
);
const FALLBACK = {
  added_tokens: [special('<unk>', 0), special('<s>', 1)],
  normalizer: {
    type: 'Sequence',
    normalizers: [
      { type: 'Prepend', prepend: '▁' },
      { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
    ],
  },
  pre_tokenizer: null,
  post_processor: null,
  decoder: {
    type: 'Sequence',
    decoders: [
      { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
      { type: 'ByteFallback' },
      { type: 'Fuse' },
      { type: 'Strip', content: ' ', start: 1, stop: 0 },
    ],
  },
  model: {
    type: 'BPE',
    unk_token: '<unk>',
    fuse_unk: true,
    byte_fallback: true,
    vocab: Object.fromEntries(
      ['<unk>', '<s>', ...BYTES, '▁', 'h', 'i', '▁h', '▁hi'].map((token, id) => [token, id]),
    ),
    merges: ['▁ h', '▁h i'],
  },
};

describe('a tokenizer of a kind that only the library reads', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloze-other-'));
  after(() => rmSync(folder, { recursive: true }));

  async function load(json: object): Promise<AnyTokenizer> {
    writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(json));
    const tokenizer = await loadTokenizer(folder);
    assert.equal(tokenizer.kind, 'other');
    return tokenizer;
  }

  const tokensOf = (tokenizer: AnyTokenizer, text: string): string[] => {
    const placed = tokenizer.encodeWithPlaces(text, { allowSpecial: true });
    return Array.from(placed.ids, (_, i) => text.slice(startOf(text, placed, i), placed.ends[i]));
  };

  it('encodes and decodes as the library, and is written as it was', async () => {
    for (const json of [UNIGRAM, FALLBACK]) {
      const ours = await load(json);
      const theirs = await huggingFaceTokenizer(json);
      for (const text of ['the cat sat', ' hi  hi', 'ﬁsh', 'hi é☂', 'the</s>cat', 'x']) {
        const ids = [...ours.encode(text, { allowSpecial: true })];
        assert.deepEqual(ids, theirs.encode(text, { add_special_tokens: false }).ids);
        assert.equal(ours.decode(ids), theirs.decode(ids));
        assert.deepEqual([...ours.encodeWithPlaces(text, { allowSpecial: true }).ids], ids);
      }
      await saveTokenizer(folder, ours);
      const again = await loadTokenizer(folder);
      assert.ok(again.kind === 'other' && ours.kind === 'other');
      assert.deepEqual(again.json, ours.json);
    }
  });

  it('knows its tokens, and takes special ones in a text only where that is allowed', async () => {
    const ours = await load(UNIGRAM);
    assert.equal(ours.vocabSize, 16);
    assert.deepEqual(
      [...ours.specialTokens],
      [
        ['<unk>', 0],
        ['</s>', 1],
      ],
    );
    assert.equal(ours.tokenToId('▁cat'), 3);
    assert.equal(ours.idToToken(3), '▁cat');
    assert.ok(ours.encode('the</s>', { allowSpecial: true }).includes(1));
    assert.ok(!ours.encode('the</s>').includes(1));
    assert.equal(ours.decode([2, 1], { skipSpecial: true }), 'the');
    assert.equal(ours.decode([]), '');
    assert.throws(() => ours.decode([99]), { code: 'tokenizer', message: /no token has id 99/ });
  });

  it('tells the bytes of a token, blank and all, and of a byte that one', async () => {
    const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
    const unigram = await load(UNIGRAM);
    assert.equal(text(unigram.tokenBytes(3)), ' cat');
    const fallback = await load(FALLBACK);
    const ids = fallback.encode('hi é');
    assert.equal(text(Buffer.concat(Array.from(ids, (id) => fallback.tokenBytes(id)))), ' hi é');
  });

  it('places tokens, exactly where they spell the text', async () => {
    const fallback = await load(FALLBACK);
    assert.deepEqual(tokensOf(fallback, 'hi hi'), ['hi', ' hi']);
    const placed = fallback.encodeWithPlaces('hi é');
    const marks = Array.from(placed.marks, (mark) => (mark & MARK.insideCharacter) !== 0);
    assert.deepEqual([...placed.ends], [2, 3, 4, 4]);
    assert.deepEqual(marks, [false, false, true, false]);
    const unigram = await load(UNIGRAM);
    assert.equal(tokensOf(unigram, 'the ﬁsh sat').join(''), 'the ﬁsh sat');
    assert.equal(tokensOf(unigram, 'the☂☂cat').join(''), 'the☂☂cat');
  });

  it('aligns what it must guess', () => {
    const cut = (text: string, tokens: string[]): string[] => {
      const ends = alignTokens(text, tokens);
      return ends.map((end, i) => text.slice(ends[i - 1] ?? 0, end));
    };
    assert.deepEqual(cut('The Café', [' the', ' cafe']), ['The', ' Café']);
    assert.deepEqual(cut('ﬁsh', ['fi', 'sh']), ['ﬁ', 'sh']);
    assert.deepEqual(cut('a☂☂b', ['a', '<unk>', 'b']), ['a', '☂☂', 'b']);
    assert.deepEqual(cut('a☂', ['a', '<unk>']), ['a', '☂']);
    assert.deepEqual(cut('', []), []);
  });

  it('says that nothing made its tokens which can be shown', async () => {
    await load(UNIGRAM);
    const { explainMerges } = await import('../services/tokenizers.ts');
    await assert.rejects(explainMerges({ tokenizer: folder, text: 'a' }), {
      message: /tokenizer of another library/,
    });
  });
});
