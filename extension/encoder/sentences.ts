/** Sentences of a text. A line that is wrapped goes on in the next; a blank line ends a sentence. */

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

interface Sentence {
  readonly start: number;
  readonly text: string;
}

function sentencesOf(text: string): Sentence[] {
  // a line's end would end a sentence; offsets stay
  const flat = text.replace(/\r?\n(?![^\S\n]*\r?\n)/g, (end) => ' '.repeat(end.length));
  return Array.from(segmenter.segment(flat), ({ index, segment }) => ({ start: index, text: segment }));
}

/** A word or a part of a text, and what stands around it. */
export interface Place {
  readonly before: string;
  readonly part: string;
  readonly after: string;
}

export interface MaskedSentence {
  /** With the mask in the place of the part. */
  readonly text: string;
  /** Where the mask is. */
  readonly at: number;
}

/** The sentence of a part of a text, which may reach over several, with a mask in its place. */
export function maskedSentence({ before, part, after }: Place, mask: string): MaskedSentence {
  const all = sentencesOf(before + part + after);
  const [from, to] = [before.length, before.length + part.length];
  const start = all.findLast((sentence) => sentence.start <= from)?.start ?? 0;
  const next = all.find((sentence) => sentence.start >= Math.max(to, from + 1));
  const whole = `${before.slice(start)}${mask}${after.slice(0, next === undefined ? undefined : next.start - to)}`;
  const blank = whole.length - whole.trimStart().length;
  return { text: whole.trim(), at: from - start - blank };
}

export interface FoundSentences {
  readonly sentences: string[];
  /** With those beyond the most. */
  readonly total: number;
}

/** The first sentences that hold a word, whole and whatever its case; of those that are the same only the first. */
export function sentencesWith(text: string, word: string, most: number): FoundSentences {
  const escaped = word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  const pattern = new RegExp(`(?<![\\p{L}\\p{M}\\p{N}])${escaped}(?![\\p{L}\\p{M}\\p{N}])`, 'iu');
  const found = sentencesOf(text)
    .map((sentence) => sentence.text.replace(/\s+/g, ' ').trim())
    .filter((sentence) => pattern.test(sentence));
  const different = [...new Set(found)];
  return { sentences: different.slice(0, most), total: different.length };
}
