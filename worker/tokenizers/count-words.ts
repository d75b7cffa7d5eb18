import { availableParallelism } from 'node:os';
import * as z from 'zod';
import { throwIfCancelled } from '../base/errors.ts';
import type { ThreadKind } from '../base/thread-entry.ts';
import { ThreadPool } from '../base/threads.ts';
import { wordEnd } from './pretokenize.ts';
import { WordTable } from './word-table.ts';

/** Distinct words one after another in one text, where each ends (UTF-16 units), and how often it was seen. */
export interface WordCounts {
  readonly text: string;
  readonly ends: Int32Array;
  readonly counts: Float64Array;
}

export const WordCountsSchema = z.object({
  text: z.string(),
  ends: z.instanceof(Int32Array<ArrayBuffer>),
  counts: z.instanceof(Float64Array<ArrayBuffer>),
});

export const countWordsKind: ThreadKind<string[], WordCounts> = {
  entry: 'tokenizers/count-words',
  task: z.array(z.string()),
  result: WordCountsSchema,
};

/** Counts words; the words' order is that of first sight. */
export class WordCounter {
  readonly #table = new WordTable();
  #counts = new Float64Array(1 << 10);

  add(text: string, start: number, end: number, count: number): void {
    const word = this.#table.intern(text, start, end);
    if (word >= this.#counts.length) {
      const grown = new Float64Array(this.#counts.length * 2);
      grown.set(this.#counts);
      this.#counts = grown;
    }
    this.#counts[word]! += count;
  }

  addAll({ text, ends, counts }: WordCounts): void {
    for (let i = 0; i < ends.length; i++) this.add(text, i === 0 ? 0 : ends[i - 1]!, ends[i]!, counts[i]!);
  }

  result(): WordCounts {
    return { ...this.#table.contents(), counts: this.#counts.slice(0, this.#table.size) };
  }
}

/** Counts the words of some documents, in this thread. */
export function countWords(texts: readonly string[]): WordCounts {
  const counter = new WordCounter();
  for (const text of texts) {
    for (let start = 0; start < text.length;) {
      const end = wordEnd(text, start, text.length);
      counter.add(text, start, end, 1);
      start = end;
    }
  }
  return counter.result();
}

export interface CountOptions {
  readonly threads?: number | undefined;
  /** UTF-16 units of documents that one task counts. */
  readonly batch?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Hears how many UTF-16 units were read so far. */
  readonly onProgress?: ((characters: number) => void) | undefined;
}

/** One way to count: where a thread does it, and here. */
export interface Counting<Task> {
  readonly kind: ThreadKind<Task, WordCounts>;
  readonly task: (texts: string[]) => Task;
  readonly count: (task: Task) => WordCounts;
}

/**
 * Counts the words of a corpus in threads (default: one a core, four at most); a corpus of less than one batch is
 * not worth a thread. Memory grows with the distinct words, not with the corpus. The counts do not depend on the
 * number of threads; the words' order may.
 */
export async function countCorpus(
  texts: Iterable<string> | AsyncIterable<string>,
  options: CountOptions = {},
): Promise<WordCounts> {
  return countBy({ kind: countWordsKind, task: (batch) => batch, count: countWords }, texts, options);
}

/** As {@link countCorpus}, with another idea of what a word is. */
export async function countBy<Task>(
  { kind, task, count }: Counting<Task>,
  texts: Iterable<string> | AsyncIterable<string>,
  options: CountOptions = {},
): Promise<WordCounts> {
  const { threads = Math.min(4, availableParallelism()), batch = 1 << 21, signal, onProgress } = options;
  const stream = batches(texts, batch, signal, onProgress);
  const first = await stream.next();
  if (first.done === true) return count(task([]));
  if (first.value.last) return count(task(first.value.texts));
  const counter = new WordCounter();
  const pool = new ThreadPool(kind, threads, { signal });
  const tasks = async function* () {
    yield task(first.value.texts);
    for await (const { texts } of stream) yield task(texts);
  };
  try {
    await pool.forEach(tasks(), (counts) => counter.addAll(counts));
  } finally {
    pool.close();
  }
  return counter.result();
}

async function* batches(
  texts: Iterable<string> | AsyncIterable<string>,
  limit: number,
  signal: AbortSignal | undefined,
  onProgress: ((characters: number) => void) | undefined,
): AsyncGenerator<{ texts: string[]; last: boolean }, undefined> {
  let batch: string[] = [];
  let size = 0;
  let characters = 0;
  for await (const text of texts) {
    throwIfCancelled(signal);
    batch.push(text);
    size += text.length;
    characters += text.length;
    if (size < limit) continue;
    onProgress?.(characters);
    yield { texts: batch, last: false };
    batch = [];
    size = 0;
  }
  onProgress?.(characters);
  if (batch.length > 0) yield { texts: batch, last: true };
}
