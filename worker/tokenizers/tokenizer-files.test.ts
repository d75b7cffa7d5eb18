import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { huggingFaceTokenizer } from '../../test/support/hugging-face.ts';
import { codeSamples } from '../../test/support/texts.ts';
import { trainBpe } from './bpe-trainer.ts';
import { BpeTokenizer } from './bpe.ts';
import { BYTE_SYMBOLS } from './byte-symbols.ts';
import { trainChar } from './char.ts';
import { loadTokenizer, saveTokenizer } from './tokenizer-files.ts';
import { toTokenizerJson } from './tokenizer-json.ts';

describe('tokenizer files', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'cloze-tokenizer-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const write = (name: string, value: unknown): void =>
    writeFileSync(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value));

  const letters = new Map([
    ...BYTE_SYMBOLS.map((symbol, byte): [string, number] => [symbol, byte]),
    ['ab', 256],
  ]);
  const small = new BpeTokenizer({
    vocab: new Map([...letters, ['__proto__', 257]]),
    merges: [['a', 'b']],
    addedTokens: [{ id: 258, content: '<|x|>', special: true }],
  });

  it('keep a BPE as it is', async () => {
    const { tokenizer } = await trainBpe({ texts: codeSamples(), vocabSize: 700 });
    const nested = join(folder, 'new', 'model');
    await saveTokenizer(nested, tokenizer);
    const loaded = await loadTokenizer(nested);
    assert.equal(loaded.kind, 'bpe');
    assert.equal(loaded.vocabSize, 700);
    assert.deepEqual(loaded.specialTokens, tokenizer.specialTokens);
    assert.deepEqual(toTokenizerJson(loaded), toTokenizerJson(tokenizer));
    for (const text of codeSamples()) assert.deepEqual(loaded.encode(text), tokenizer.encode(text));
    const config: unknown = JSON.parse(readFileSync(join(nested, 'tokenizer_config.json'), 'utf8'));
    assert.deepEqual(config, {
      tokenizer_class: 'PreTrainedTokenizerFast',
      clean_up_tokenization_spaces: false,
      bos_token: '<|endoftext|>',
      eos_token: '<|endoftext|>',
      pad_token: '<|fim_pad|>',
      unk_token: null,
    });
  });

  it('keep a character tokenizer as it is, readable by Hugging Face', async () => {
    const tokenizer = await trainChar({
      texts: codeSamples(),
      specialTokens: ['<s>'],
      unknownToken: '<unk>',
    });
    await saveTokenizer(folder, tokenizer);
    const loaded = await loadTokenizer(folder);
    assert.equal(loaded.kind, 'char');
    assert.deepEqual(toTokenizerJson(loaded), toTokenizerJson(tokenizer));
    const theirs = await huggingFaceTokenizer(toTokenizerJson(tokenizer));
    for (const text of [...codeSamples(), 'a ☂ b', '  x<s>\r\ny0']) {
      const ids = loaded.encode(text, { allowSpecial: true });
      assert.deepEqual([...ids], theirs.encode(text).ids);
      assert.equal(loaded.decode(ids), theirs.decode([...ids]));
    }
  });

  it('keep a token named __proto__, and tokens that look like numbers', async () => {
    await saveTokenizer(folder, small);
    const loaded = await loadTokenizer(folder);
    assert.equal(loaded.tokenToId('__proto__'), 257);
    assert.equal(loaded.tokenToId('7'), 0x37);
    assert.deepEqual([...loaded.encode('ab<|x|>', { allowSpecial: true })], [256, 258]);
  });

  it('are read with merges as pairs, and with added tokens that are not special', async () => {
    const json = toTokenizerJson(small);
    write('tokenizer.json', {
      ...json,
      model: { type: 'BPE', vocab: Object.fromEntries(letters), merges: [['a', 'b']] },
      added_tokens: [{ id: 300, content: 'foo', special: false }],
    });
    const loaded = await loadTokenizer(folder);
    assert.equal(loaded.vocabSize, 301);
    assert.deepEqual([...loaded.encode('abfoo')], [256, 300]);
  });

  it('are read as vocab.json and merges.txt', async () => {
    rmSync(join(folder, 'tokenizer.json'));
    write('vocab.json', { ...Object.fromEntries(letters), '<|endoftext|>': 257 });
    write('merges.txt', '#version: 0.2\r\na b\r\n');
    const loaded = await loadTokenizer(folder);
    assert.deepEqual([...loaded.encode('ab<|endoftext|>', { allowSpecial: true })], [256, 257]);
  });

  it('name the part that is not supported', async () => {
    const json = toTokenizerJson(small);
    const model = { type: 'BPE', vocab: Object.fromEntries(letters), merges: ['a b'] };
    const cases: [Record<string, unknown>, RegExp][] = [
      [
        { model: { type: 'Magic' } },
        /model\.type: expected BPE or WordPiece, found Magic, and Hugging Face's library/,
      ],
      [{ pre_tokenizer: { type: 'Magic' } }, /pre_tokenizer: expected byte-level words .* found Magic, and/],
      [{ normalizer: { type: 'Magic' } }, /normalizer: expected null or NFC, found Magic, and/],
      [
        { decoder: { type: 'CTC' } },
        /decoder: expected ByteLevel, found CTC, and .* spells tokens one by one/,
      ],
      [{ model: { ...model, merges: ['a b c'] } }, /merge 0: expected "left right", got "a b c"/],
      [{ model: { ...model, merges: ['a b', 'a b'] } }, /merge 1 \(a b\) comes twice/],
      [{ model: { ...model, merges: ['a c'] } }, /merge 0 \(a c\) needs "ac", not in the vocabulary/],
      [{ model: { ...model, vocab: { a: -1 } } }, /model: vocab: expected an object of token: id/],
      [{ model: { ...model, vocab: { a: 0, b: 0, ab: 1 } } }, /id 0 has two tokens: "a" and "b"/],
      [{ added_tokens: [{ id: 0, content: '<x>' }] }, /id 0 has two tokens/],
    ];
    for (const [change, message] of cases) {
      write('tokenizer.json', { ...json, model, ...change });
      await assert.rejects(loadTokenizer(folder), (error: Error) => {
        assert.match(error.message, message);
        assert.ok(error.message.startsWith(join(folder, 'tokenizer.json')));
        return true;
      });
    }
  });

  it('name a byte that the vocabulary lacks, when a text needs it', async () => {
    const model = { type: 'BPE', vocab: { a: 0, b: 1 }, merges: [] };
    write('tokenizer.json', { ...toTokenizerJson(small), model, added_tokens: [] });
    const loaded = await loadTokenizer(folder);
    assert.throws(() => loaded.encode('abc'), { code: 'tokenizer', message: /no token for byte 99 \("c"\)/ });
    assert.deepEqual([...loaded.encode('abba')], [0, 1, 1, 0]);
    assert.throws(() => loaded.encode('abc'), { code: 'tokenizer' });
  });

  it('are missed where there are none', async () => {
    await assert.rejects(loadTokenizer(join(folder, 'nowhere')), {
      code: 'tokenizer',
      message: /has no tokenizer/,
    });
    write('tokenizer.json', '{"model": ');
    await assert.rejects(loadTokenizer(folder), { code: 'tokenizer', message: /is not JSON/ });
  });
});
