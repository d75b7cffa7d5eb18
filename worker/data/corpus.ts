import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ClozeError } from '../base/errors.ts';
import { diskError } from '../base/files.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { documentFrames } from './document-frame.ts';
import type { Collection } from './documents.ts';
import type { Pace, Progress } from './pace.ts';
import { paced } from './pace.ts';
import type { LeftOut } from './reasons.ts';
import type { Part } from './split.ts';
import { splitDocuments } from './split.ts';
import { partTexts } from './texts.ts';
import { openIfWhole, TokenFile } from './token-file.ts';
import { TokenWriter } from './token-writer.ts';

/** Part of every cache key: raise it when the same text would become other tokens. */
const ENCODING_VERSION = 1;

export interface EncodeOptions {
  readonly tokenizer: Tokenizer;
  /** Names the tokenizer in the cache key: two tokenizers that encode differently must differ in it. */
  readonly tokenizerHash: string;
  /** Where token files are kept; made if missing. */
  readonly cacheFolder: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface CorpusReport {
  readonly files: number;
  readonly bytes: number;
  /** Train and validation together. */
  readonly tokens: number;
  readonly leftOut: LeftOut;
}

export interface Corpus {
  /** Both are the caller's to close. */
  readonly train: TokenFile;
  readonly validation: TokenFile;
  readonly report: CorpusReport;
}

export type CorpusOptions = EncodeOptions & { seed: number; validationFraction: number };

/**
 * Documents to two token files: splits them, and encodes each side once (or takes it from the cache). Memory is
 * bounded whatever the size of the corpus. Throws `data`, `tokenizer`, `disk`, `cancelled`.
 */
export async function encodeCorpus(
  { documents, leftOut }: Collection,
  options: CorpusOptions,
): Promise<Corpus> {
  const split = splitDocuments(documents, options);
  const bytes = documents.reduce((sum, document) => sum + document.bytes, 0);
  const pace = paced('encode', options, bytes);
  const opened: TokenFile[] = [];
  const open = async (side: string, parts: readonly Part[]): Promise<TokenFile> => {
    const file = await encodeParts(parts, options, pace);
    opened.push(file);
    requireTokens(file, side, parts);
    return file;
  };
  try {
    const train = await open('training', split.train);
    const validation = await open('validation', split.validation);
    pace.end();
    const tokens = train.length + validation.length;
    return { train, validation, report: { files: documents.length, bytes, tokens, leftOut } };
  } catch (error) {
    for (const file of opened) file.close();
    throw error;
  }
}

/**
 * Parts of documents to one token file, in the tokenizer's frames. The file is named after the content of the parts and the
 * tokenizer, so the same call finds it again; a damaged file is made anew. Throws `data`, `tokenizer`, `disk`, `cancelled`.
 */
export async function encodeParts(
  parts: readonly Part[],
  options: EncodeOptions,
  pace: Pace = paced(
    'encode',
    options,
    parts.map(partBytes).reduce((a, b) => a + b, 0),
  ),
): Promise<TokenFile> {
  makeFolder(options.cacheFolder);
  const path = join(options.cacheFolder, `${cacheKey(parts, options)}.tokens`);
  const cached = openIfWhole(path);
  if (cached !== undefined) {
    for (const part of parts) pace.add(part.end === part.document.characters ? 1 : 0, partBytes(part));
    return cached;
  }
  const { tokenizer } = options;
  const frames = documentFrames(parts, tokenizer);
  const writer = new TokenWriter(path, tokenizer.vocabSize, tokenizer.eosId);
  try {
    for (const [i, part] of parts.entries()) {
      writer.write(frames[i]!.before);
      await encodePart(part, tokenizer, writer, pace);
      writer.write(frames[i]!.after);
      writer.endDocument();
      pace.add(part.end === part.document.characters ? 1 : 0, 0);
    }
    writer.commit();
  } catch (error) {
    writer.discard();
    throw error;
  }
  return TokenFile.open(path);
}

async function encodePart(part: Part, tokenizer: Tokenizer, writer: TokenWriter, pace: Pace): Promise<void> {
  const { path, bytes, characters } = part.document;
  for (const text of partTexts(part)) {
    try {
      writer.write(tokenizer.encode(text));
    } catch (error) {
      if (!(error instanceof ClozeError) || error.code !== 'tokenizer') throw error;
      const { hint, details } = error;
      throw new ClozeError('tokenizer', `${path}: ${error.message}`, {
        ...(hint === undefined ? {} : { hint }),
        details: { ...details, path },
        cause: error,
      });
    }
    pace.add(0, (text.length * bytes) / characters);
    await pace.breathe();
  }
}

/** One token to read and one to predict: what must be there before a run starts. */
function requireTokens(file: TokenFile, side: string, parts: readonly Part[]): void {
  if (file.length >= 2) return;
  const characters = parts.reduce((sum, { start, end }) => sum + end - start, 0);
  throw new ClozeError(
    'data',
    `the ${side} data needs at least 2 tokens, got ${file.length} (${characters} characters in ${parts.length} files)`,
    { hint: 'add data, or change the validation fraction' },
  );
}

function partBytes({ document, start, end }: Part): number {
  return (document.bytes * (end - start)) / document.characters;
}

function cacheKey(parts: readonly Part[], { tokenizer, tokenizerHash }: EncodeOptions): string {
  const hash = createHash('sha256');
  const { vocabSize, eosId = null, bosId } = tokenizer;
  const begun = bosId === undefined ? [] : [bosId];
  hash.update(JSON.stringify([ENCODING_VERSION, tokenizerHash, vocabSize, eosId, ...begun]));
  for (const { document, start, end } of parts) hash.update(`\n${document.hash} ${start} ${end}`);
  return hash.digest('hex').slice(0, 32);
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw diskError(path, error);
  }
}
