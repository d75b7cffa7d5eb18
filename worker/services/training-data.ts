/** The data of a run: collected, split, encoded. */
import { createHash } from 'node:crypto';
import { basename, resolve } from 'node:path';
import { type Corpus, encodeCorpus } from '../data/corpus.ts';
import { type Collection, collectDocuments } from '../data/documents.ts';
import { splitDocuments, wholePart } from '../data/split.ts';
import { documentTexts } from '../data/texts.ts';
import type { PrepareProgress } from '../protocol/train.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { RunRecord } from '../training/record.ts';
import { cacheFolder } from './cache.ts';
import type { TokenizerTexts } from './training-tokenizer.ts';

export interface DataOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PrepareProgress) => void) | undefined;
}

export interface EncodeDataOptions extends DataOptions {
  readonly seed: number;
  readonly validationFraction: number;
}

/** A data argument that means the same from any working directory. */
export function absolutePath(path: string): string {
  if (!path.startsWith('!')) return resolve(path);
  return path.startsWith('!**/') ? path : `!${resolve(path.slice(1))}`;
}

/** Finds and checks the files. Throws `data`, `cancelled`. */
export function collectData(
  paths: readonly string[],
  { signal, onProgress }: DataOptions,
): Promise<Collection> {
  return collectDocuments({
    paths,
    signal,
    onProgress: ({ bytes, totalBytes }) =>
      onProgress?.({ phase: 'reading files', done: bytes, total: totalBytes }),
  });
}

/** The texts of a collection, for a tokenizer that is to be trained on them. */
export function textsOf(
  { documents }: Collection,
  split: { readonly seed: number; readonly validationFraction: number },
): TokenizerTexts {
  return {
    train: () => documentTexts(splitDocuments(documents, split).train),
    all: () => documentTexts(documents.map(wholePart)),
  };
}

/** Splits and encodes, or takes from the cache, what was collected. Throws `data`, `tokenizer`, `disk`, `cancelled`. */
export function encodeData(
  collection: Collection,
  tokenizer: Tokenizer,
  tokenizerHash: string,
  options: EncodeDataOptions,
): Promise<Corpus> {
  const { seed, validationFraction, signal, onProgress } = options;
  return encodeCorpus(collection, {
    tokenizer,
    tokenizerHash,
    cacheFolder: cacheFolder(),
    seed,
    validationFraction,
    signal,
    onProgress: ({ bytes, totalBytes }) =>
      onProgress?.({ phase: 'encoding', done: bytes, total: totalBytes }),
  });
}

/** What run.json says about the data. */
export function dataRecord(
  paths: readonly string[],
  { train, validation, report }: Corpus,
): RunRecord['data'] {
  const { files, bytes, leftOut } = report;
  // token files are named after the content of the documents, the split and the tokenizer
  const names = [train.path, validation.path].map((path) => basename(path)).join('\n');
  return {
    paths: [...paths],
    files,
    bytes,
    trainTokens: train.length,
    validationTokens: validation.length,
    leftOut,
    hash: createHash('sha256').update(names).digest('hex'),
  };
}
