import { setImmediate } from 'node:timers/promises';
import type { SpelledWords } from './adjacent-pairs.ts';
import { ClozeError, throwIfCancelled } from '../base/errors.ts';
import { type BertNormalizerOptions, UNCASED } from './bert-normalizer.ts';
import { countBy, type WordCounts } from './count-words.ts';
import { IdBuffer } from './id-buffer.ts';
import { BERT_SPECIAL, MAX_VOCAB_SIZE } from './tokenizer.ts';
import { bertWordCounting } from './wordpiece-count.ts';
import { scoreOf, WordPieceMerges } from './wordpiece-merges.ts';
import { BERT_MODEL, type WordPieceMerge } from './wordpiece-model.ts';
import { WordPieceTokenizer } from './wordpiece.ts';

export type WordPieceTrainingProgress =
  | { readonly phase: 'counting'; readonly characters: number }
  | { readonly phase: 'merging'; readonly done: number; readonly total: number };

export interface WordPieceTrainingOptions {
  /** The corpus, one document after another. */
  readonly texts: Iterable<string> | AsyncIterable<string>;
  /** V: the five special tokens, the characters and the merges together. */
  readonly vocabSize: number;
  /** Default: as bert-base-uncased. */
  readonly normalizer?: BertNormalizerOptions | undefined;
  /**
   * Pairs seen less often are not merged. Default 2. The score favours pairs of rare pieces: two characters that stand
   * once in the corpus, side by side, score 1, which no pair of common ones comes near.
   */
  readonly minFrequency?: number | undefined;
  /**
   * Learns merges in rounds: first of pairs seen this often, when none is left of those seen half as often, and so on down
   * to `minFrequency`. Default: that, one round. For use start high: in one round a vocabulary that is small for its
   * corpus fills with rare strings, and common words stay in letters.
   */
  readonly startFrequency?: number | undefined;
  /** Characters that get pieces, the most frequent ones; words with others are unknown. Default 1000. */
  readonly alphabetLimit?: number | undefined;
  /** Threads that count words. The result does not depend on it. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: WordPieceTrainingProgress) => void) | undefined;
}

export interface TrainedWordPiece {
  readonly tokenizer: WordPieceTokenizer;
  /** In the order that they were learned in. */
  readonly merges: readonly WordPieceMerge[];
  /** Says that the corpus could not fill the vocabulary, which is then smaller than was asked for. */
  readonly warning: string | undefined;
}

/**
 * A start frequency for use. On 6 MB of source code with 8,192 tokens, rounds from here on spell a word in 1.07 tokens, one
 * round of all pairs seen twice in 2.46.
 */
export const ROUNDS_FROM = 1024;

/** How long merging may hold the event loop, in ms. */
const SLICE = 50;

const SPECIAL = Object.values(BERT_SPECIAL);
const PREFIX = BERT_MODEL.continuingPrefix;

/**
 * Trains a WordPiece on a corpus: ids 0 to 4 are the special tokens, then come the characters that words begin with and,
 * with `##`, those that they go on with, in the order of their code points, then one id a merge (see
 * {@link WordPieceMerges} for their order). Throws `tokenizer` if the vocabulary is too small for special tokens and
 * characters or larger than one that can be read, `data` if there is no text, `cancelled`.
 */
export async function trainWordPiece(options: WordPieceTrainingOptions): Promise<TrainedWordPiece> {
  const { texts, vocabSize, minFrequency = 2, alphabetLimit = 1000, threads, signal, onProgress } = options;
  const normalizer = options.normalizer ?? UNCASED;
  checkOptions(vocabSize, minFrequency, alphabetLimit);
  const words = await countBy(bertWordCounting(normalizer), texts, {
    threads,
    signal,
    onProgress: (characters) => onProgress?.({ phase: 'counting', characters }),
  });
  if (words.ends.length === 0) {
    throw new ClozeError('data', 'no text to train a tokenizer on: every document is empty');
  }

  const { pieces, spelled } = spell(words, alphabet(words, alphabetLimit));
  const total = vocabSize - SPECIAL.length - pieces.length;
  if (total < 0) throw tooSmall(vocabSize, pieces.length);
  const merges: WordPieceMerge[] = [];
  const trainer = new WordPieceMerges(spelled, pieces.length, minFrequency, options.startFrequency);
  for (let pause = 0; merges.length < total;) {
    if (performance.now() >= pause) {
      onProgress?.({ phase: 'merging', done: merges.length, total });
      await setImmediate(); // lets a cancel in
      throwIfCancelled(signal);
      pause = performance.now() + SLICE;
    }
    const merge = trainer.step();
    if (merge === undefined) break;
    const left = pieces[merge.left]!;
    const right = pieces[merge.right]!;
    const piece = left + right.slice(PREFIX.length);
    merges.push({ ...merge, left, right, piece, score: scoreOf(merge) });
    pieces.push(piece);
  }
  onProgress?.({ phase: 'merging', done: merges.length, total: merges.length });

  const tokenizer = new WordPieceTokenizer({
    ...BERT_MODEL,
    vocab: new Map([...SPECIAL, ...pieces].map((token, id) => [token, id])),
    addedTokens: SPECIAL.map((content, id) => ({ id, content, special: true })),
    normalizer,
  });
  const warning =
    merges.length < total
      ? `the corpus fills a vocabulary of ${tokenizer.vocabSize}, not ${vocabSize}: no other pair of pieces is seen ${minFrequency} times`
      : undefined;
  return { tokenizer, merges, warning };
}

/** The most frequent characters of the words; of equally frequent ones those of smaller code points. */
function alphabet(words: WordCounts, limit: number): ReadonlySet<string> {
  const seen = new Map<string, number>();
  eachWord(words, (word, count) => {
    for (const character of word) seen.set(character, (seen.get(character) ?? 0) + count);
  });
  const sorted = [...seen].sort(([a, m], [b, n]) => n - m || a.codePointAt(0)! - b.codePointAt(0)!);
  return new Set(sorted.slice(0, limit).map(([character]) => character));
}

/** The characters as pieces, sorted, and the words in them, without those that other characters make unknown. */
function spell(words: WordCounts, known: ReadonlySet<string>): { pieces: string[]; spelled: SpelledWords } {
  const spelledWords: { pieces: string[]; count: number }[] = [];
  const seen = new Set<string>();
  eachWord(words, (word, count) => {
    const characters = Array.from(word);
    if (characters.length > BERT_MODEL.longestWord || characters.some((each) => !known.has(each))) return;
    const pieces = characters.map((character, i) => (i > 0 ? PREFIX + character : character));
    for (const piece of pieces) seen.add(piece);
    spelledWords.push({ pieces, count });
  });
  const pieces = [...seen].sort(byForm);
  const ids = new Map(pieces.map((piece, id) => [piece, id]));
  const symbols = new IdBuffer(words.text.length);
  const wordOf = new IdBuffer(words.text.length);
  spelledWords.forEach((word, index) => {
    for (const piece of word.pieces) {
      symbols.push(ids.get(piece)!);
      wordOf.push(index);
    }
  });
  const counts = Float64Array.from(spelledWords, ({ count }) => count);
  return { pieces, spelled: { symbols: symbols.toArray(), wordOf: wordOf.toArray(), counts } };
}

/** Those that begin words first; a word may be "#", but "##" is two. */
function byForm(a: string, b: string): number {
  const [continuesA, continuesB] = [a, b].map((piece) => Number(piece.startsWith(PREFIX)));
  return (
    continuesA! - continuesB! ||
    a.codePointAt(PREFIX.length * continuesA!)! - b.codePointAt(PREFIX.length * continuesB!)!
  );
}

function eachWord({ text, ends, counts }: WordCounts, visit: (word: string, count: number) => void): void {
  for (let i = 0; i < ends.length; i++) visit(text.slice(i === 0 ? 0 : ends[i - 1], ends[i]), counts[i]!);
}

function checkOptions(vocabSize: number, minFrequency: number, alphabetLimit: number): void {
  if (!Number.isSafeInteger(vocabSize) || vocabSize < SPECIAL.length + 1 || vocabSize > MAX_VOCAB_SIZE) {
    throw new ClozeError(
      'tokenizer',
      `vocabulary size: expected a whole number from ${SPECIAL.length + 1} to ${MAX_VOCAB_SIZE}, got ${vocabSize}`,
      { hint: 'a few thousand is usual for a small corpus, for example 8192', details: { vocabSize } },
    );
  }
  if (!(minFrequency >= 1)) {
    throw new ClozeError('tokenizer', `minimum frequency: expected at least 1, got ${minFrequency}`);
  }
  if (!(alphabetLimit >= 1)) {
    throw new ClozeError('tokenizer', `alphabet limit: expected at least 1, got ${alphabetLimit}`);
  }
}

function tooSmall(vocabSize: number, characters: number): ClozeError {
  const least = SPECIAL.length + characters;
  return new ClozeError(
    'tokenizer',
    `vocabulary size: expected at least ${least} (${SPECIAL.length} special tokens and ${characters} characters of the text, at the start of words and within), got ${vocabSize}`,
    { hint: 'take a larger vocabulary, or a smaller alphabet', details: { vocabSize, least } },
  );
}
