import { setImmediate } from 'node:timers/promises';
import { ClozeError, throwIfCancelled } from '../base/errors.ts';
import { BpeTokenizer } from './bpe.ts';
import { BYTE_SYMBOLS, BYTES_BY_SYMBOL } from './byte-symbols.ts';
import { countCorpus } from './count-words.ts';
import { MergeTrainer } from './merge-trainer.ts';
import { MAX_VOCAB_SIZE, SPECIAL } from './tokenizer.ts';

export type BpeTrainingProgress =
  | { readonly phase: 'counting'; readonly characters: number }
  | { readonly phase: 'merging'; readonly done: number; readonly total: number };

export interface BpeTrainingOptions {
  /** The corpus, one document after another. */
  readonly texts: Iterable<string> | AsyncIterable<string>;
  /** V: the 256 bytes, the merges and the special tokens together. */
  readonly vocabSize: number;
  /** Default: end of text and the four fill-in-the-middle tokens. They get the last ids, in this order. */
  readonly specialTokens?: readonly string[] | undefined;
  /** Pairs seen less often are not merged. Default 2. */
  readonly minFrequency?: number | undefined;
  /** Threads that count words. The result does not depend on it. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: BpeTrainingProgress) => void) | undefined;
}

export interface TrainedBpe {
  readonly tokenizer: BpeTokenizer;
  /** Says that the corpus could not fill the vocabulary, which is then smaller than was asked for. */
  readonly warning: string | undefined;
}

/** How long merging may hold the event loop, in ms. */
const SLICE = 50;

/**
 * Trains a byte-level BPE on a corpus: ids 0 to 255 are the bytes in GPT-2's order, then one id a merge (see
 * {@link MergeTrainer} for their order), then the special tokens. Throws `tokenizer` if the vocabulary is too small for bytes and
 * special tokens or larger than one that can be read, `data` if there is no text, `cancelled`.
 */
export async function trainBpe(options: BpeTrainingOptions): Promise<TrainedBpe> {
  const { texts, vocabSize, minFrequency = 2, threads, signal, onProgress } = options;
  const specialTokens = options.specialTokens ?? Object.values(SPECIAL);
  const total = vocabSize - BYTE_SYMBOLS.length - specialTokens.length;
  checkOptions(vocabSize, specialTokens, total, minFrequency);

  const words = await countCorpus(texts, {
    threads,
    signal,
    onProgress: (characters) => onProgress?.({ phase: 'counting', characters }),
  });
  if (words.ends.length === 0) {
    throw new ClozeError('data', 'no text to train a tokenizer on: every document is empty');
  }

  const vocab = new Map(BYTES_BY_SYMBOL.map((byte, id) => [BYTE_SYMBOLS[byte]!, id]));
  const tokens = [...vocab.keys()];
  const merges: [string, string][] = [];
  const byteIds = Int32Array.from(BYTE_SYMBOLS, (symbol) => vocab.get(symbol)!);
  const trainer = new MergeTrainer(words, byteIds, minFrequency);
  for (let pause = 0; merges.length < total;) {
    if (performance.now() >= pause) {
      onProgress?.({ phase: 'merging', done: merges.length, total });
      await setImmediate(); // lets a cancel in
      throwIfCancelled(signal);
      pause = performance.now() + SLICE;
    }
    const merge = trainer.step();
    if (merge === undefined) break;
    const left = tokens[merge.left]!;
    const right = tokens[merge.right]!;
    merges.push([left, right]);
    vocab.set(left + right, tokens.length);
    tokens.push(left + right);
  }
  onProgress?.({ phase: 'merging', done: merges.length, total: merges.length });

  const addedTokens = specialTokens.map((content, i) => ({ id: tokens.length + i, content, special: true }));
  const tokenizer = new BpeTokenizer({ vocab, merges, addedTokens });
  const warning =
    merges.length < total
      ? `the corpus fills a vocabulary of ${tokenizer.vocabSize}, not ${vocabSize}: no other pair of tokens is seen ${minFrequency} times`
      : undefined;
  return { tokenizer, warning };
}

function checkOptions(
  vocabSize: number,
  special: readonly string[],
  merges: number,
  minFrequency: number,
): void {
  const least = BYTE_SYMBOLS.length + special.length;
  if (!Number.isSafeInteger(vocabSize) || merges < 0 || vocabSize > MAX_VOCAB_SIZE) {
    throw new ClozeError(
      'tokenizer',
      `vocabulary size: expected a whole number from ${least} (256 bytes and ${special.length} special tokens) to ${MAX_VOCAB_SIZE}, got ${vocabSize}`,
      { hint: `a few thousand is usual for a small corpus, for example 8192`, details: { vocabSize, least } },
    );
  }
  if (!(minFrequency >= 1)) {
    throw new ClozeError('tokenizer', `minimum frequency: expected at least 1, got ${minFrequency}`);
  }
  const repeated = special.find((token, i) => token === '' || special.indexOf(token) !== i);
  if (repeated !== undefined) {
    throw new ClozeError(
      'tokenizer',
      `special tokens: expected different, non-empty ones, got "${repeated}"`,
    );
  }
}
