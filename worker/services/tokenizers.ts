import { ClozeError } from '../base/errors.ts';
import { collectDocuments } from '../data/documents.ts';
import { wholePart } from '../data/split.ts';
import { documentTexts } from '../data/texts.ts';
import type {
  TokenizeRequest,
  TokenizeResult,
  TokenizerTrainRequest,
  TokenizerTrainResult,
} from '../protocol/tokenizer.ts';
import type { PrepareProgress } from '../protocol/train.ts';
import { trainBpe } from '../tokenizers/bpe-trainer.ts';
import { BpeTokenizer } from '../tokenizers/bpe.ts';
import { type CharTokenizer, trainChar } from '../tokenizers/char.ts';
import { loadTokenizer, saveTokenizer } from '../tokenizers/tokenizer-files.ts';

export interface TokenizerTrainOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PrepareProgress) => void) | undefined;
}

/** Trains a tokenizer on files and writes its folder. Throws `data`, `tokenizer`, `disk`, `cancelled`. */
export async function trainTokenizer(
  request: TokenizerTrainRequest,
  options: TokenizerTrainOptions = {},
): Promise<TokenizerTrainResult> {
  const { paths, kind, vocabSize, out } = request;
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
  let tokenizer: BpeTokenizer | CharTokenizer;
  let warning: string | undefined;
  if (kind === 'char') {
    tokenizer = await trainChar({ texts, signal, onProgress: counting });
  } else {
    ({ tokenizer, warning } = await trainBpe({
      texts,
      vocabSize,
      signal,
      onProgress: (progress) =>
        progress.phase === 'counting' ? counting(progress.characters) : onProgress?.(progress),
    }));
  }
  await saveTokenizer(out, tokenizer);
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

/** A text's tokens, and if asked how merges made them. Throws `tokenizer`, `usage`. */
export async function tokenize({
  tokenizer: folder,
  text,
  explain,
}: TokenizeRequest): Promise<TokenizeResult> {
  const tokenizer = await loadTokenizer(folder);
  const tokens = tokenizer.encodeWithSpans(text, { allowSpecial: true });
  const result = { count: tokens.length, tokens };
  if (!explain) return result;
  if (tokenizer instanceof BpeTokenizer)
    return { ...result, words: tokenizer.explain(text, { allowSpecial: true }) };
  throw new ClozeError('usage', `${folder} is a character tokenizer: it has no merges to explain`, {
    hint: 'leave --explain out: each character is one token',
  });
}
