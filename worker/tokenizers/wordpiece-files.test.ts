import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { bertTokenizer, bertVocabulary } from '../../test/support/bert.ts';
import { huggingFaceTokenizer } from '../../test/support/hugging-face.ts';
import { codeSamples } from '../../test/support/texts.ts';
import { trainBpe } from './bpe-trainer.ts';
import { loadTokenizer, saveTokenizer } from './tokenizer-files.ts';
import { toTokenizerJson } from './tokenizer-json.ts';
import { ROBERTA_SPECIAL } from './tokenizer.ts';
import { readMerges, writeMerges } from './wordpiece-merges-file.ts';
import { trainWordPiece } from './wordpiece-trainer.ts';
import { WordPieceTokenizer } from './wordpiece.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cloze-wordpiece-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, value: unknown): void =>
  writeFileSync(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value));

describe('WordPiece files', () => {
  it('keep a tokenizer as it is, readable by Hugging Face', async () => {
    const { tokenizer } = await trainWordPiece({ texts: codeSamples(), vocabSize: 800 });
    await saveTokenizer(folder, tokenizer);
    assert.deepEqual(readdirSync(folder).sort(), ['tokenizer.json', 'tokenizer_config.json', 'vocab.txt']);
    const loaded = await loadTokenizer(folder);
    assert.equal(loaded.kind, 'wordpiece');
    assert.deepEqual(toTokenizerJson(loaded), toTokenizerJson(tokenizer));
    assert.deepEqual(loaded.specialTokens, tokenizer.specialTokens);
    const json: unknown = JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8'));
    assert.ok(typeof json === 'object' && json !== null);
    const theirs = await huggingFaceTokenizer(json);
    for (const text of codeSamples()) {
      const ids = loaded.encode(text);
      assert.deepEqual([2, ...ids, 3], theirs.encode(text).ids);
      assert.equal(loaded.decode(ids), theirs.decode([...ids]));
    }
    const config: unknown = JSON.parse(readFileSync(join(folder, 'tokenizer_config.json'), 'utf8'));
    assert.deepEqual(config, {
      tokenizer_class: 'BertTokenizer',
      do_lower_case: true,
      strip_accents: null,
      tokenize_chinese_chars: true,
      clean_up_tokenization_spaces: false,
      pad_token: '[PAD]',
      unk_token: '[UNK]',
      cls_token: '[CLS]',
      sep_token: '[SEP]',
      mask_token: '[MASK]',
    });
  });

  it('keep every setting', async () => {
    const { tokenizer } = await trainWordPiece({ texts: ['ab ab'], vocabSize: 9 });
    const changed = new WordPieceTokenizer({
      ...tokenizer.model,
      normalizer: { cleanText: false, handleChineseChars: false, stripAccents: true, lowercase: false },
      longestWord: 7,
      cleanup: false,
    });
    await saveTokenizer(folder, changed);
    const loaded = await loadTokenizer(folder);
    assert.ok(loaded.kind === 'wordpiece');
    assert.deepEqual(loaded.model, changed.model);
  });

  it('write the published vocab.txt again, and encode alike from it', async () => {
    const bert = await bertTokenizer();
    await saveTokenizer(folder, bert);
    assert.equal(readFileSync(join(folder, 'vocab.txt'), 'utf8'), bertVocabulary());
    rmSync(join(folder, 'tokenizer.json'));
    assert.deepEqual(toTokenizerJson(await loadTokenizer(folder)), toTokenizerJson(bert));
  });

  it('are read as vocab.txt with the normalizer of tokenizer_config.json', async () => {
    write('vocab.txt', '[UNK]\r\n[MASK]\r\nab\r\nAB\r\ná\r\n');
    const ids = async (text: string): Promise<number[]> => [
      ...(await loadTokenizer(folder)).encode(text, { allowSpecial: true }),
    ];
    assert.deepEqual(await ids('AB ab Á[MASK]'), [2, 2, 0, 1]);
    write('tokenizer_config.json', { do_lower_case: false });
    assert.deepEqual(await ids('AB ab á[MASK]'), [3, 2, 4, 1]);
    write('tokenizer_config.json', { do_lower_case: true, strip_accents: false });
    assert.deepEqual(await ids('AB Á'), [2, 4]);
    write('tokenizer_config.json', { do_lower_case: 'yes' });
    await assert.rejects(loadTokenizer(folder), { code: 'tokenizer', message: /do_lower_case/ });
    write('tokenizer_config.json', {});
    write('vocab.txt', '[UNK]\na\nb\na\n');
    await assert.rejects(loadTokenizer(folder), { message: /line 4: "a" stands in line 2 already/ });
    write('vocab.txt', 'a\nb\n');
    await assert.rejects(loadTokenizer(folder), {
      code: 'tokenizer',
      message: /vocab\.txt: .*without \[UNK\]/,
    });
  });

  it('name the part that is not supported', async () => {
    const { tokenizer } = await trainWordPiece({ texts: ['ab ab'], vocabSize: 9 });
    const json = toTokenizerJson(tokenizer);
    const model = { type: 'WordPiece', vocab: { '[UNK]': 0, a: 1 }, unk_token: '[UNK]' };
    const frame = { type: 'TemplateProcessing', single: [{ Sequence: { id: 'A', type_id: 0 } }], pair: [] };
    const cases: [Record<string, unknown>, RegExp][] = [
      [{ normalizer: { type: 'BertNormalizer', lowercase: 1 } }, /normalizer: lowercase/],
      [{ pre_tokenizer: { type: 'Magic' } }, /pre_tokenizer: expected BertPreTokenizer, found Magic, and/],
      [{ post_processor: frame }, /post_processor\.single: expected \[CLS\]:0 A:0 \[SEP\]:0, found A:0/],
      [{ post_processor: { type: 'RobertaProcessing' } }, /post_processor: expected null, BertProcessing/],
      [{ model: { ...model, unk_token: '<unk>' }, added_tokens: [] }, /without <unk>/],
      [{ model: { ...model, max_input_chars_per_word: 0 } }, /max_input_chars_per_word/],
    ];
    for (const [change, message] of cases) {
      write('tokenizer.json', { ...json, ...change });
      await assert.rejects(loadTokenizer(folder), (error: Error) => {
        assert.match(error.message, message);
        assert.ok(error.message.startsWith(join(folder, 'tokenizer.json')));
        return true;
      });
    }
    write('tokenizer.json', {
      ...json,
      post_processor: { type: 'BertProcessing', sep: ['[SEP]', 3], cls: ['[CLS]', 2] },
    });
    assert.equal((await loadTokenizer(folder)).kind, 'wordpiece');
  });

  it('are read by the library where Cloze has no such part', async () => {
    const { tokenizer } = await trainWordPiece({ texts: ['ab ab'], vocabSize: 9 });
    const json = toTokenizerJson(tokenizer);
    const changes = [
      { normalizer: { type: 'Lowercase' } },
      { normalizer: null },
      { pre_tokenizer: { type: 'Whitespace' } },
      { decoder: { type: 'WordPiece', prefix: '@@' } },
    ];
    for (const change of changes) {
      write('tokenizer.json', { ...json, ...change });
      const loaded = await loadTokenizer(folder);
      assert.equal(loaded.kind, 'other');
      assert.deepEqual([...loaded.encode('ab')], [...tokenizer.encode('ab')]);
    }
  });

  it('keep the merges of training, and know those of another tokenizer', async () => {
    const { tokenizer, merges } = await trainWordPiece({ texts: codeSamples(), vocabSize: 700 });
    const other = await trainWordPiece({ texts: codeSamples().slice(1, 4), vocabSize: 700 });
    assert.equal(await readMerges(folder, tokenizer), undefined);
    await writeMerges(folder, merges);
    assert.deepEqual(await readMerges(folder, tokenizer), merges);
    assert.equal(await readMerges(folder, other.tokenizer), undefined);
  });
});

describe("RoBERTa's files", () => {
  it('are read and written with their special tokens and frame', async () => {
    const special = Object.values(ROBERTA_SPECIAL);
    const { tokenizer } = await trainBpe({ texts: codeSamples(), vocabSize: 500, specialTokens: special });
    const { vocab, merges } = tokenizer.model;
    write('vocab.json', { ...Object.fromEntries(vocab), ...Object.fromEntries(tokenizer.specialTokens) });
    write('merges.txt', merges.map((pair) => pair.join(' ')).join('\n'));
    const loaded = await loadTokenizer(folder);
    const ids = loaded.encode('a  <mask> b</s>', { allowSpecial: true });
    assert.deepEqual(
      Array.from(ids, (id) => loaded.idToToken(id)),
      ['a', '<mask>', 'Ġb', '</s>'],
    );
    const placed = loaded.encodeWithPlaces('a  <mask> b', { allowSpecial: true });
    assert.deepEqual([...placed.ends], [1, 9, 11]);
    await saveTokenizer(folder, loaded);
    const again = await loadTokenizer(folder);
    assert.deepEqual(toTokenizerJson(again), toTokenizerJson(loaded));
    const theirs = await huggingFaceTokenizer(toTokenizerJson(again));
    const { '<s>': cls, '</s>': sep } = Object.fromEntries(loaded.specialTokens);
    assert.deepEqual(theirs.encode('a  <mask> b</s>').ids, [cls, ...ids, sep]);
    const config: unknown = JSON.parse(readFileSync(join(folder, 'tokenizer_config.json'), 'utf8'));
    assert.deepEqual(config, {
      tokenizer_class: 'RobertaTokenizer',
      add_prefix_space: false,
      clean_up_tokenization_spaces: false,
      bos_token: '<s>',
      eos_token: '</s>',
      pad_token: '<pad>',
      unk_token: '<unk>',
      cls_token: '<s>',
      sep_token: '</s>',
      mask_token: '<mask>',
    });
  });
});
