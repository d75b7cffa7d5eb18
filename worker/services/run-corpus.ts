/** The tokens that a run goes on with. */
import { ClozeError } from '../base/errors.ts';
import type { Corpus } from '../data/corpus.ts';
import { closeTokens, type CorpusTokens, keepTokens, openKeptTokens } from '../data/kept-tokens.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { RunFolder, RunRecord } from '../training/record.ts';
import { collectData, dataRecord, encodeData, type EncodeDataOptions } from './training-data.ts';

/**
 * What a run began with: the tokens that it keeps. Where they are missing or damaged, its data is encoded once more, and
 * kept. Throws `data` if that has changed meanwhile, `tokenizer`, `disk`, `cancelled`.
 */
export async function corpusOf(
  folder: RunFolder,
  record: RunRecord,
  tokenizer: Tokenizer,
  options: EncodeDataOptions,
): Promise<CorpusTokens> {
  const kept = openKeptTokens(folder.tokensPath);
  if (kept !== undefined) {
    const { train, validation } = kept;
    const { trainTokens, validationTokens } = record.data;
    if (train.length === trainTokens && validation.length === validationTokens) return kept;
    closeTokens(kept);
  }
  const collection = await collectData(record.data.paths, options);
  const corpus = await encodeData(collection, tokenizer, record.tokenizer.hash, options);
  try {
    requireSameData(record, corpus);
    keepTokens(folder.tokensPath, corpus);
    return corpus;
  } catch (error) {
    closeTokens(corpus);
    throw error;
  }
}

function requireSameData({ data }: RunRecord, corpus: Corpus): void {
  const now = dataRecord(data.paths, corpus);
  if (now.hash === data.hash) return;
  throw new ClozeError(
    'data',
    `the run keeps no whole copy of its data, and the data is not what it began with: expected ${data.files} files of ${data.bytes} bytes, got ${now.files} of ${now.bytes}`,
    {
      hint: 'put the files back as they were, or begin a new run from the model of this one',
      details: { expected: data, got: now },
    },
  );
}
