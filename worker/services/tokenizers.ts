import { ClozeError } from '../base/errors.ts';
import { collectDocuments } from '../data/documents.ts';
import { wholePart } from '../data/split.ts';
import { documentTexts } from '../data/texts.ts';
import { tokenizerFolder } from '../models/load.ts';
import { openUnchanged } from '../models/open-unchanged.ts';
import {
  LONGEST_EXPLAINED_TEXT,
  LONGEST_TEXT,
  type TextRequest,
  type TokenizedText,
  type TokenizerTrainRequest,
  type TokenizerTrainResult,
  type UsedTokens,
  type WordExplanation,
  type WordPieces,
} from '../protocol/tokenizer.ts';
import type { PrepareProgress } from '../protocol/train.ts';
import { type BpeTrainingProgress, trainBpe } from '../tokenizers/bpe-trainer.ts';
import { trainChar } from '../tokenizers/char.ts';
import { saveTokenizer } from '../tokenizers/tokenizer-files.ts';
import type { AnyTokenizer } from '../tokenizers/tokenizer-json.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { unitLength } from '../tokenizers/utf8.ts';
import { explainTraining } from '../tokenizers/wordpiece-explain.ts';
import { readMerges, writeMerges } from '../tokenizers/wordpiece-merges-file.ts';
import type { WordPieceMerge } from '../tokenizers/wordpiece-model.ts';
import { ROUNDS_FROM, trainWordPiece } from '../tokenizers/wordpiece-trainer.ts';
import { TokenizerCache } from './tokenizer-cache.ts';

export interface TokenizerTrainOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PrepareProgress) => void) | undefined;
}

/** Trains a tokenizer on files and writes its folder. Throws `data`, `tokenizer`, `disk`, `cancelled`. */
export async function trainTokenizer(
  request: TokenizerTrainRequest,
  options: TokenizerTrainOptions = {},
): Promise<TokenizerTrainResult> {
  const { paths, kind, out } = request;
  const { signal, onProgress } = options;
  const start = performance.now();
  const { documents, leftOut } = await collectDocuments({
    paths,
    ...(signal === undefined ? {} : { signal }),
    onProgress: ({ bytes }) => onProgress?.({ phase: 'reading files', done: bytes }),
  });
  const bytes = documents.reduce((sum, document) => sum + document.bytes, 0);
  const characters = documents.reduce((sum, document) => sum + document.characters, 0);
  const counting = (done: number) => onProgress?.({ phase: 'counting words', done, total: characters });
  const texts = documentTexts(documents.map(wholePart));
  const { tokenizer, warning, merges } = await trainKind(request, texts, { signal, counting, onProgress });
  await saveTokenizer(out, tokenizer);
  if (merges !== undefined) await writeMerges(out, merges);
  return {
    folder: out,
    kind,
    vocabSize: tokenizer.vocabSize,
    files: documents.length,
    bytes,
    leftOut,
    seconds: (performance.now() - start) / 1000,
    warning,
  };
}

interface Trained {
  readonly tokenizer: AnyTokenizer;
  readonly warning?: string | undefined;
  /** Of a WordPiece: its tokenizer.json does not hold them. */
  readonly merges?: readonly WordPieceMerge[];
}

function trainKind(
  { kind, vocabSize }: TokenizerTrainRequest,
  texts: Iterable<string>,
  options: TokenizerTrainOptions & { readonly counting: (done: number) => void },
): Promise<Trained> {
  const { signal, counting, onProgress } = options;
  const training = (progress: BpeTrainingProgress): void =>
    progress.phase === 'counting' ? counting(progress.characters) : onProgress?.(progress);
  switch (kind) {
    case 'char':
      return trainChar({ texts, signal, onProgress: counting }).then((tokenizer) => ({ tokenizer }));
    case 'bpe':
      return trainBpe({ texts, vocabSize, signal, onProgress: training });
    case 'wordpiece':
      return trainWordPiece({ texts, vocabSize, startFrequency: ROUNDS_FROM, signal, onProgress: training });
  }
}

const cache = new TokenizerCache();

/** A text's tokens and their places. Throws `usage`, `tokenizer`. */
export async function tokenize({ tokenizer: folder, text }: TextRequest): Promise<TokenizedText> {
  requireLength(text, LONGEST_TEXT);
  const { tokenizer, version } = await cache.load(folder);
  const placed = tokenizer.encodeWithPlaces(text, { allowSpecial: true });
  const used = usedTokens(tokenizer, placed.ids);
  return {
    kind: tokenizer.kind,
    version,
    vocabSize: tokenizer.vocabSize,
    ...placed,
    used,
    distinct: used.ids.length,
    characters: countCharacters(text),
    bytes: Buffer.byteLength(text),
  };
}

/** How merges make the tokens of each word. Throws `usage`, `tokenizer`. */
export async function explainMerges({ tokenizer: folder, text }: TextRequest): Promise<WordExplanation[]> {
  requireLength(text, LONGEST_EXPLAINED_TEXT);
  const { tokenizer } = await cache.load(folder);
  if (tokenizer.kind === 'bpe') return tokenizer.explain(text, { allowSpecial: true });
  throw tokenizer.kind !== 'wordpiece'
    ? nothingToExplain(folder, tokenizer.kind)
    : new ClozeError(
        'usage',
        `${folder} is a WordPiece tokenizer: it goes by the longest piece, not by merges`,
        {
          hint: 'its pieces can be explained instead',
        },
      );
}

/** How each word was spelled in WordPieces and, where its folder keeps them, by which merges. Throws `usage`, `tokenizer`. */
export async function explainPieces({ tokenizer: folder, text }: TextRequest): Promise<WordPieces[]> {
  requireLength(text, LONGEST_EXPLAINED_TEXT);
  const { tokenizer } = await cache.load(folder);
  if (tokenizer.kind === 'char' || tokenizer.kind === 'other') throw nothingToExplain(folder, tokenizer.kind);
  if (tokenizer.kind === 'bpe') {
    throw new ClozeError(
      'usage',
      `${folder} is a byte-level BPE: it goes by merges, not by the longest piece`,
      {
        hint: 'its merges can be explained instead',
      },
    );
  }
  const merges = await openUnchanged(
    folder,
    (path) => readMerges(tokenizerFolder(path), tokenizer),
    () => undefined,
  );
  return tokenizer.explain(text, { allowSpecial: true }).map((explained) => ({
    ...explained,
    merges: merges && explainTraining(merges, explained.word, tokenizer.model),
  }));
}

function nothingToExplain(folder: string, kind: 'char' | 'other'): ClozeError {
  if (kind === 'other') {
    return new ClozeError(
      'usage',
      `${folder} is a tokenizer of another library, which does not tell how it works`,
      {
        hint: 'its tokens can be shown, not what made them',
      },
    );
  }
  return new ClozeError('usage', `${folder} is a character tokenizer: it has no merges to explain`, {
    hint: 'each character is one token',
  });
}

function requireLength(text: string, most: number): void {
  if (text.length <= most) return;
  throw new ClozeError(
    'usage',
    `the text has ${text.length} UTF-16 units, more than the ${most} that are taken at once`,
    { hint: 'take a part of it', details: { length: text.length, most } },
  );
}

function usedTokens(tokenizer: Tokenizer, all: Int32Array): UsedTokens {
  const seen = new Uint8Array(tokenizer.vocabSize);
  for (const id of all) seen[id] = 1;
  const ids = Int32Array.from([...seen.keys()].filter((id) => seen[id] === 1));
  const spelled = Array.from(ids, (id) => tokenizer.tokenBytes(id));
  let end = 0;
  return {
    ids,
    entries: Array.from(ids, (id) => tokenizer.idToToken(id)!),
    bytes: concatenated(spelled),
    ends: Uint32Array.from(spelled, ({ length }) => (end += length)),
  };
}

/** In an array of its own, as one from Buffer's pool would travel with the pool. */
function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Unicode code points; a lone surrogate counts as one. */
function countCharacters(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i += unitLength(text, i)) count++;
  return count;
}
