/** What is put before texts and ends them, beside what transformers makes of them (test/parity/make-tokenizers.py). */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import * as z from 'zod';
import { testTokenizer } from '../generation/test-support.ts';
import { textIds } from '../generation/document.ts';
import { readJson } from '../base/files.ts';
import { trainChar } from './char.ts';
import { bosFrame, bosIdOf, eosIdOf } from './frame.ts';
import { loadTokenizer, saveTokenizer } from './tokenizer-files.ts';
import { documentEnd, ROBERTA_SPECIAL, SPECIAL } from './tokenizer.ts';

const FIXTURES = join(import.meta.dirname, '../../test/fixtures/tokenizers');
const ExpectedJson = z.array(z.object({ text: z.string(), ids: z.array(z.int()) }));
const NONE: ReadonlyMap<string, number> = new Map();

describe('the token before every text', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloze-bos-'));
  after(() => rmSync(folder, { recursive: true }));

  for (const [name, kind, eosId] of [
    ['llama-3', 'bpe', 271],
    ['llama-2', 'other', 2],
    ['gpt-2-with-bos', 'bpe', 257],
  ] as const) {
    it(`is put there as transformers does, also once the tokenizer was written anew: ${name}`, async () => {
      const tokenizer = await loadTokenizer(join(FIXTURES, name));
      assert.equal(tokenizer.kind, kind);
      const copy = join(folder, name);
      await saveTokenizer(copy, tokenizer);
      const again = await loadTokenizer(copy);
      for (const { text, ids } of await readJson(join(FIXTURES, name, 'expected.json'), ExpectedJson)) {
        assert.deepEqual(textIds(tokenizer, text), ids, JSON.stringify(text));
        assert.deepEqual(textIds(again, text), ids);
      }
      assert.deepEqual([tokenizer.eosId, again.eosId], [eosId, eosId]);
      const roles = await readJson(join(copy, 'tokenizer_config.json'), z.looseObject({}));
      const [bos, eos] = [tokenizer.bosId!, eosId].map((id) => tokenizer.idToToken(id));
      assert.deepEqual([roles.bos_token, roles.eos_token], [bos, eos]);
    });
  }

  it('is what tokenizer_config.json says only where there is no tokenizer.json', async () => {
    const config = join(folder, 'tokenizer_config.json');
    for (const name of ['vocab.json', 'merges.txt'])
      cpSync(join(FIXTURES, 'gpt-2-with-bos', name), join(folder, name));
    const says = async (add_bos_token: boolean): Promise<number | undefined> => {
      writeFileSync(config, JSON.stringify({ add_bos_token, bos_token: { content: '</s>' } }));
      return (await loadTokenizer(folder)).bosId;
    };
    assert.equal(await says(true), 257);
    assert.equal(await says(false), undefined);
    await saveTokenizer(folder, testTokenizer());
    assert.equal(await says(true), undefined);
    cpSync(join(FIXTURES, 'llama-3', 'tokenizer.json'), join(folder, 'tokenizer.json'));
    assert.equal(await says(false), 270);
  });

  it("is none of a tokenizer that is trained here, of an encoder's, nor of a frame that begins with the text", async () => {
    assert.equal(testTokenizer().bosId, undefined);
    assert.equal((await trainChar({ texts: ['ab'] })).bosId, undefined);
    assert.equal(bosIdOf(bosFrame('<s>', 5), NONE), 5);
    assert.equal(bosIdOf(bosFrame('[CLS]', 5), new Map([['[MASK]', 3]])), undefined);
    const [text, end] = [{ Sequence: { id: 'A' } }, { SpecialToken: { id: '</s>' } }];
    const ends = {
      type: 'TemplateProcessing',
      single: [text, end],
      special_tokens: { '</s>': { ids: [1] } },
    };
    assert.equal(bosIdOf(ends, NONE), undefined);
    for (const type of ['ByteLevel', 'RobertaProcessing']) assert.equal(bosIdOf({ type }, NONE), undefined);
    assert.throws(() => bosIdOf({ type: 'TemplateProcessing' }, NONE), {
      code: 'tokenizer',
      message: /post_processor/,
    });
  });
});

describe('the token that ends a document', () => {
  it('is <|endoftext|>, or else what the configuration names, but not of an encoder', () => {
    assert.equal(testTokenizer().eosId, testTokenizer().specialTokens.get(SPECIAL.endOfText));
    const llama = new Map([['</s>', 2]]);
    assert.equal(eosIdOf('</s>', llama), 2);
    assert.equal(eosIdOf('<|im_end|>', llama), undefined);
    assert.equal(eosIdOf(undefined, llama), undefined);
    assert.equal(eosIdOf('</s>', new Map([...llama, [SPECIAL.endOfText, 5]])), 5);
    assert.equal(eosIdOf('</s>', new Map([...llama, [ROBERTA_SPECIAL.mask, 4]])), undefined);
  });

  it('is the beginning of the next where there is none', () => {
    assert.equal(documentEnd({ bosId: 1, eosId: 2 }), 2);
    assert.equal(documentEnd({ bosId: 1, eosId: undefined }), 1);
    assert.equal(documentEnd({ bosId: undefined, eosId: undefined }), undefined);
  });
});
