import * as z from 'zod';
import type { ThreadKind } from '../base/thread-entry.ts';
import { BertNormalizer, type BertNormalizerOptions } from './bert-normalizer.ts';
import { normalizedWordEnd, StretchWalk } from './bert-words.ts';
import { type Counting, WordCounter, type WordCounts, WordCountsSchema } from './count-words.ts';

interface Task {
  readonly texts: readonly string[];
  readonly normalizer: BertNormalizerOptions;
}

export const countBertWordsKind: ThreadKind<Task, WordCounts> = {
  entry: 'tokenizers/wordpiece-count',
  task: z.object({
    texts: z.array(z.string()),
    normalizer: z.object({
      cleanText: z.boolean(),
      handleChineseChars: z.boolean(),
      stripAccents: z.boolean().nullable(),
      lowercase: z.boolean(),
    }),
  }),
  result: WordCountsSchema,
};

/** Counts the words that BERT's normalizer and pre-tokenizer make of some documents, in this thread. */
export function countBertWords({ texts, normalizer: options }: Task): WordCounts {
  const normalizer = new BertNormalizer(options);
  const words = new WordCounter();
  for (const [stretch, count] of countStretches(texts, normalizer)) {
    const { text } = normalizer.normalize(stretch, 0, stretch.length);
    for (let start = 0; start < text.length;) {
      const end = normalizedWordEnd(text, start, text.length);
      words.add(text, start, end, count);
      start = end;
    }
  }
  return words.result();
}

/** The stretches between white space: each is normalized once, however often it is seen. */
function* countStretches(
  texts: readonly string[],
  normalizer: BertNormalizer,
): Generator<readonly [stretch: string, count: number]> {
  const stretches = new WordCounter();
  const walk = new StretchWalk(normalizer);
  for (const text of texts) {
    for (let from = 0; walk.seek(text, from, text.length); from = walk.end) {
      stretches.add(text, walk.start, walk.end, 1);
    }
  }
  const { text, ends, counts } = stretches.result();
  for (let i = 0; i < ends.length; i++) yield [text.slice(i === 0 ? 0 : ends[i - 1], ends[i]), counts[i]!];
}

/** How {@link countBertWords} is done in threads. */
export function bertWordCounting(normalizer: BertNormalizerOptions): Counting<Task> {
  return {
    kind: countBertWordsKind,
    task: (texts) => ({ texts, normalizer }),
    count: countBertWords,
  };
}
