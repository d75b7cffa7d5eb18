import { BEFORE_WORD, tagFeatures } from '../data/labelled/tag-features.ts';
import type { RunOptions } from './encoder.ts';
import { entitiesOf } from './entities.ts';
import { largest, softmax } from './probabilities.ts';
import { encodingOf, type ReadingModel, requireHead, requireText } from './reading-model.ts';
import type { Tagged } from './results.ts';
import { joinWords, splitWords, type Word } from './words.ts';

/**
 * What a text names: a label for each word, read at its first piece, and what these name together. A text, or its words;
 * then places are those in the words with one blank between two. A text that is too long is read in windows that overlap,
 * each word where most is around it. Throws `usage` for an empty text, `model` for a model without a head for tags,
 * `provider`, `cancelled`.
 */
export async function tag(
  model: ReadingModel,
  textOrWords: string | readonly string[],
  options: RunOptions = {},
): Promise<Tagged> {
  const { encoder, tokenizer } = model;
  requireHead(encoder.config, ['tag'], 'tagging');
  const isText = typeof textOrWords === 'string';
  const text = isText ? textOrWords : textOrWords.join(' ');
  requireText(text, 'a text to tag');
  const words = isText ? splitWords(textOrWords) : joinWords(textOrWords);
  const encoding = encodingOf(model);
  const before = BEFORE_WORD[encoding.special.frame];
  const sizes = words.map((word) => tokenizer.encode(before + word.text).length);
  const windows = wordWindows(sizes, encoding.maxLength - 2).map((range) => ({
    ...range,
    features: tagFeatures(
      words.slice(range.from, range.to).map((word) => word.text),
      encoding,
      before,
    ),
  }));
  const rows = await encoder.ask(
    'tags',
    windows.map(({ features }) => features),
    ({ logits }, index) => labelsAt(logits!, windows[index]!.features.firstPieces, encoder.config.labels),
    options,
  );
  const tagged = joined(words, windows, rows);
  return { entities: entitiesOf(tagged, text), words: tagged };
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * Ranges of whole words whose pieces fit into `room`, each beginning in the middle of the one before. A word that is too
 * long for any has one of its own, and is cut.
 */
export function wordWindows(sizes: readonly number[], room: number): Range[] {
  const windows: Range[] = [];
  let from = 0;
  for (;;) {
    const to = endOf(sizes, from, room);
    windows.push({ from, to });
    if (to === sizes.length) return windows;
    from = Math.max(from + 1, endOf(sizes, from, room / 2));
  }
}

/** Where the words from `from` on no longer fit; at least one does. */
function endOf(sizes: readonly number[], from: number, room: number): number {
  let to = from;
  let used = 0;
  while (to < sizes.length && (to === from || used + sizes[to]! <= room)) used += sizes[to++]!;
  return to;
}

interface Labelled {
  readonly label: string;
  readonly probability: number;
}

/** The label of each word of a window; undefined for one that the tokenizer leaves nothing of. */
function labelsAt(
  logits: Float32Array,
  firstPieces: Int32Array,
  labels: readonly string[],
): (Labelled | undefined)[] {
  return Array.from(firstPieces, (place) => {
    if (place < 0) return undefined;
    const probabilities = softmax(logits.subarray(place * labels.length, (place + 1) * labels.length));
    const [best] = largest(probabilities, 1);
    return { label: labels[best!]!, probability: probabilities[best!]! };
  });
}

/** Each word with its label from the window in which it is farthest from an edge. */
function joined(
  words: readonly Word[],
  windows: readonly Range[],
  rows: readonly (readonly (Labelled | undefined)[])[],
): Tagged['words'] {
  return words.flatMap(({ start, end }, word) => {
    const depth = ({ from, to }: Range): number => Math.min(word - from, to - 1 - word);
    const depths = Float64Array.from(windows, depth);
    const best = depths.indexOf(depths.reduce((a, b) => Math.max(a, b), -Infinity));
    const found = rows[best]![word - windows[best]!.from];
    return found === undefined ? [] : [{ start, end, ...found }];
  });
}
