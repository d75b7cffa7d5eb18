/** The byte-level BPEs that the supported families are published with, beside Hugging Face's library; wordpiece.test.ts has BERT's. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gpt2Tokenizer } from '../../test/support/gpt2.ts';
import { huggingFaceTokenizer } from '../../test/support/hugging-face.ts';
import { codeSamples, fuzzCorpus } from '../../test/support/texts.ts';
import { startOf } from './placed-tokens.ts';
import { loadTokenizer } from './tokenizer-files.ts';
import { type AnyTokenizer, toTokenizerJson } from './tokenizer-json.ts';

/** As in the published tokenizer.json files: Llama 3, Qwen2 and StarCoder2 have these parts, around vocabularies of their own. */
const CL100K = (digits: string): object => ({
  type: 'Sequence',
  pretokenizers: [
    {
      type: 'Split',
      pattern: {
        Regex: `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`,
      },
      behavior: 'Isolated',
      invert: false,
    },
    { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
  ],
});
const STARCODER = {
  type: 'Sequence',
  pretokenizers: [
    { type: 'Digits', individual_digits: true },
    { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
  ],
};
const FRAME = {
  type: 'TemplateProcessing',
  single: [{ Sequence: { id: 'A', type_id: 0 } }],
  pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
  special_tokens: {},
};
const DIGITS = "it'ſ IT'S they'LL 12345 ١٢٣٤ ½  7 a\r\n\r\n  b   9c";

describe('the published kinds of tokenizer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloze-kinds-'));
  /** Every 100th: the library takes its time. */
  const texts = [...codeSamples(), ...fuzzCorpus().filter((_, i) => i % 100 === 0), DIGITS].map((text) =>
    Buffer.from(text).toString(),
  );
  let gpt2: Record<string, unknown>;
  before(async () => {
    gpt2 = toTokenizerJson(await gpt2Tokenizer());
  });
  after(() => rmSync(folder, { recursive: true }));

  async function load(json: object): Promise<AnyTokenizer> {
    writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(json));
    return loadTokenizer(folder);
  }

  /**
   * Where the library in JavaScript agrees with the one in Rust: in what is white space (as https://unicode.org/reports/tr44/
   * says), and in what is a digit, for StarCoder2's all of Unicode's numbers.
   */
  function isSure(text: string, { pre_tokenizer: words }: Record<string, unknown>): boolean {
    const numbers = words === STARCODER ? text.match(/\p{N}/gu) : null;
    return text !== '' && !/[\u0085\ufeff]/.test(text) && (numbers ?? []).every((each) => /[0-9]/.test(each));
  }

  async function encodesAlike(json: Record<string, unknown>, ours: AnyTokenizer): Promise<void> {
    const theirs = await huggingFaceTokenizer(json);
    let compared = 0;
    for (const text of texts.filter((each) => isSure(each, json))) {
      const ids = [...ours.encode(text, { allowSpecial: true })];
      assert.deepEqual(ids, theirs.encode(text, { add_special_tokens: false }).ids, JSON.stringify(text));
      compared++;
    }
    assert.ok(compared > 80, String(compared));
  }

  const cases: readonly [string, (json: Record<string, unknown>) => Record<string, unknown>][] = [
    ['GPT-2', (json) => json],
    ['StarCoder2', (json) => ({ ...json, pre_tokenizer: STARCODER })],
    [
      'Llama 3',
      (json) => ({
        ...json,
        pre_tokenizer: CL100K('\\p{N}{1,3}'),
        post_processor: FRAME,
        model: { ...(json.model as object), ignore_merges: true },
      }),
    ],
    ['Qwen2', (json) => ({ ...json, normalizer: { type: 'NFC' }, pre_tokenizer: CL100K('\\p{N}') })],
  ];
  for (const [name, change] of cases) {
    it(`${name}'s encodes as the library does, and is written as it was`, async () => {
      const json = change(gpt2);
      const ours = await load(json);
      assert.equal(ours.kind, 'bpe');
      await encodesAlike(json, ours);
      const again = await load(toTokenizerJson(ours));
      assert.deepEqual(toTokenizerJson(again), toTokenizerJson(ours));
      for (const text of texts) assert.deepEqual(again.encode(text), ours.encode(text));
      const [written, given] = [toTokenizerJson(ours), json];
      for (const part of ['normalizer', 'pre_tokenizer', 'post_processor', 'decoder']) {
        assert.deepEqual(written[part], given[part], part);
      }
    });
  }

  it('each number of any script is a word of StarCoder2', async () => {
    const ours = await load({ ...gpt2, pre_tokenizer: STARCODER });
    const encode = (text: string): number[] => [...ours.encode(text)];
    assert.deepEqual(encode('a ٢٣½9'), ['a', ' ', '٢', '٣', '½', '9'].flatMap(encode));
    assert.deepEqual(encode('a  9'), ['a', '  ', '9'].flatMap(encode));
  });

  it('tokens stand where their text is, also where a text is composed first', async () => {
    const ours = await load({ ...gpt2, normalizer: { type: 'NFC' } });
    const text = 'cafe\u0301 \u1112\u1161\u11ab = 日本 e\u0301x';
    const placed = ours.encodeWithPlaces(text);
    assert.equal(ours.decode(placed.ids), text.normalize('NFC'));
    const at = (word: string): number => placed.ends.indexOf(text.indexOf(word) + word.length);
    for (const word of ['cafe\u0301', '\u1112\u1161\u11ab', ' =', 'e\u0301x']) assert.ok(at(word) >= 0, word);
    assert.equal(placed.ends.at(-1), text.length);
    placed.ids.forEach((_, i) => assert.ok(startOf(text, placed, i) <= placed.ends[i]!));
  });

  it('a word that the vocabulary has is that token where merges are ignored', async () => {
    const byte = { type: 'ByteLevel', add_prefix_space: false, use_regex: true };
    const json = (ignore: boolean): object => ({
      pre_tokenizer: byte,
      decoder: byte,
      model: {
        type: 'BPE',
        vocab: { a: 0, b: 1, c: 2, ab: 3, abc: 4 },
        merges: ['a b'],
        ignore_merges: ignore,
      },
    });
    const whole = await load(json(true));
    assert.deepEqual([...whole.encode('abc')], [4]);
    assert.ok(whole.kind === 'bpe');
    assert.deepEqual(whole.explain('abc')[0]?.ids, [4]);
    assert.deepEqual([...(await load(json(false))).encode('abc')], [3, 2]);
  });
});
