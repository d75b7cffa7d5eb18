import type { WordPieceMerge, WordPieceModel } from './wordpiece-model.ts';

/** One piece of a word: the longer candidates that the vocabulary lacks, longest first, and what it has. */
export interface MatchStep {
  readonly tried: readonly string[];
  /** Undefined where no candidate is in the vocabulary: the word is unknown then. */
  readonly match?: string | undefined;
}

/** How one word of a text was spelled. */
export interface WordMatches {
  /** UTF-16 offsets into the text. */
  readonly start: number;
  readonly end: number;
  /** As the normalizer leaves it. */
  readonly word: string;
  /** None if the word is longer than the tokenizer takes. */
  readonly steps: readonly MatchStep[];
  readonly ids: readonly number[];
}

interface Vocabulary {
  readonly model: WordPieceModel;
  tokenToId(token: string): number | undefined;
}

/** Spells a normalized word by trying every candidate, the longest first. */
export function explainWord(tokenizer: Vocabulary, word: string): Pick<WordMatches, 'steps' | 'ids'> {
  const { vocab, continuingPrefix, longestWord, unknownToken } = tokenizer.model;
  const unknown = [tokenizer.tokenToId(unknownToken)!];
  const characters = Array.from(word);
  const steps: MatchStep[] = [];
  const ids: number[] = [];
  if (characters.length > longestWord) return { steps, ids: unknown };
  for (let start = 0; start < characters.length;) {
    const tried: string[] = [];
    let end = characters.length;
    let match: string | undefined;
    for (; end > start && match === undefined; end--) {
      const candidate = (start > 0 ? continuingPrefix : '') + characters.slice(start, end).join('');
      if (vocab.has(candidate)) match = candidate;
      else tried.push(candidate);
    }
    steps.push({ tried, match });
    if (match === undefined) return { steps, ids: unknown };
    ids.push(vocab.get(match)!);
    start = end + 1; // the loop took one more off
  }
  return { steps, ids };
}

/** A learned merge that was applied to a word, when it was learned, and the word after it. */
export interface AppliedMerge extends WordPieceMerge {
  /** In the order of learning, from 0. */
  readonly rank: number;
  readonly pieces: readonly string[];
}

/**
 * What training did to a normalized word: each merge that joined pieces of it, in the order of learning. Encoding goes by the
 * longest piece and not by merges, so that it may spell the word in another way.
 */
export function explainTraining(
  merges: readonly WordPieceMerge[],
  word: string,
  { continuingPrefix }: Pick<WordPieceModel, 'continuingPrefix'>,
): AppliedMerge[] {
  let pieces = Array.from(word, (character, i) => (i > 0 ? continuingPrefix + character : character));
  const applied: AppliedMerge[] = [];
  for (const [rank, merge] of merges.entries()) {
    const joined = join(pieces, merge);
    if (joined.length === pieces.length) continue;
    pieces = joined;
    applied.push({ ...merge, rank, pieces });
  }
  return applied;
}

/** The pieces with the merge applied from left to right. */
function join(pieces: string[], { left, right, piece }: WordPieceMerge): string[] {
  if (!pieces.includes(right)) return pieces;
  const joined: string[] = [];
  for (let i = 0; i < pieces.length; i++) {
    const found = pieces[i] === left && pieces[i + 1] === right;
    joined.push(found ? piece : pieces[i]!);
    if (found) i++;
  }
  return joined;
}
