import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { encodeCorpus } from '../data/corpus.ts';
import { collectDocuments } from '../data/documents.ts';
import { folderWith } from '../data/test-support.ts';
import { estimateTokens } from './estimate-tokens.ts';
import { resolveModel } from './training-model.ts';
import type { TokenizerChoice } from './training-tokenizer.ts';

const LLAMA: TokenizerChoice = {
  kind: 'folder',
  folder: join(import.meta.dirname, '../../test/fixtures/tokenizers/llama-3'),
};

describe('estimateTokens', () => {
  for (const [what, choice] of [
    ['tokens before and after documents', LLAMA],
    ['no token between documents', { kind: 'char' }],
  ] as const) {
    it(`is exact for a small corpus, with ${what}`, async (t) => {
      const names = Array.from({ length: 12 }, (_, i) => `src/${i}.txt`);
      const folder = folderWith(
        t,
        Object.fromEntries(names.map((name, i) => [name, 'the cat\n'.repeat(i + 1)])),
      );
      const collection = await collectDocuments({ paths: [join(folder, 'src')] });
      const options = { seed: 1, validationFraction: 0.25 };
      const model = resolveModel('gpt-nano', {});
      const { train, exact, tokenizer } = await estimateTokens(choice, collection.documents, model, options);
      const cacheFolder = join(folder, 'cache');
      const corpus = await encodeCorpus(collection, {
        ...options,
        tokenizer,
        tokenizerHash: 'h',
        cacheFolder,
      });
      assert.deepEqual([train, exact], [corpus.train.length, true]);
      corpus.train.close();
      corpus.validation.close();
    });
  }
});
