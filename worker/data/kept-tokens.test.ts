import assert from 'node:assert/strict';
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import { type Corpus, encodeCorpus } from './corpus.ts';
import { collectDocuments } from './documents.ts';
import { closeTokens, type CorpusTokens, keepTokens, openKeptTokens } from './kept-tokens.ts';
import { allTokens, byteTokenizer, folderWith } from './test-support.ts';

async function corpusOf(t: TestContext, text: string): Promise<{ folder: string; corpus: Corpus }> {
  const folder = folderWith(t, { 'a.txt': text });
  const corpus = await encodeCorpus(await collectDocuments({ paths: [join(folder, 'a.txt')] }), {
    tokenizer: byteTokenizer(),
    tokenizerHash: 'bytes',
    cacheFolder: join(folder, 'cache'),
    seed: 1,
    validationFraction: 0.2,
  });
  t.after(() => closeTokens(corpus));
  return { folder, corpus };
}

function opened(t: TestContext, folder: string): CorpusTokens {
  const kept = openKeptTokens(folder);
  assert.ok(kept);
  t.after(() => closeTokens(kept));
  return kept;
}

describe('tokens that a run keeps', () => {
  it('are those of the corpus, in no space of their own, and stay when the cache goes', async (t) => {
    const { folder, corpus } = await corpusOf(t, 'some text that is long enough to be split\n'.repeat(20));
    const run = join(folder, 'run', 'tokens');
    keepTokens(run, corpus);
    assert.equal(statSync(join(run, 'train.tokens')).ino, statSync(corpus.train.path).ino);
    rmSync(join(folder, 'cache'), { recursive: true });
    const kept = opened(t, run);
    assert.deepEqual(allTokens(kept.train), allTokens(corpus.train));
    assert.deepEqual(allTokens(kept.validation), allTokens(corpus.validation));
    assert.deepEqual(kept.train.documentStarts, corpus.train.documentStarts);
  });

  it('take the place of those that a start which was cut off has left', async (t) => {
    const first = await corpusOf(t, 'a text of a start that was cut off\n'.repeat(20));
    const second = await corpusOf(t, 'another text of the next start\n'.repeat(30));
    const run = join(first.folder, 'tokens');
    keepTokens(run, first.corpus);
    keepTokens(run, second.corpus);
    assert.deepEqual(allTokens(opened(t, run).train), allTokens(second.corpus.train));
    assert.deepEqual(readdirSync(run).sort(), ['train.tokens', 'validation.tokens']);
  });

  it('are none where one of them is missing or damaged', async (t) => {
    const { folder, corpus } = await corpusOf(t, 'some text that is long enough to be split\n'.repeat(20));
    const run = join(folder, 'tokens');
    assert.equal(openKeptTokens(run), undefined);
    for (const name of ['train.tokens', 'validation.tokens']) {
      keepTokens(run, corpus);
      rmSync(join(run, name));
      assert.equal(openKeptTokens(run), undefined);
      writeFileSync(join(run, name), 'cut off');
      assert.equal(openKeptTokens(run), undefined);
    }
  });

  it("leave a folder of someone's own alone", async (t) => {
    const { folder, corpus } = await corpusOf(t, 'some text that is long enough to be split\n'.repeat(20));
    const own = folderWith(t, { 'notes.txt': 'mine' });
    assert.throws(() => keepTokens(own, corpus), { code: 'usage', message: /notes\.txt/ });
    assert.deepEqual(readdirSync(own), ['notes.txt']);
    assert.deepEqual(readdirSync(folder).sort(), ['a.txt', 'cache']);
  });
});
