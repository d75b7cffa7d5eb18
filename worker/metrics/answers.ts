import { ratio } from './ratio.ts';

/** A predicted answer beside the right ones; '' is no answer, and so is an empty list. */
export interface AnswerPrediction {
  readonly predicted: string;
  readonly answers: readonly string[];
}

export interface AnswerScores {
  readonly questions: number;
  /** Means over the questions, from 0 to 1. */
  readonly exactMatch: number;
  readonly f1: number;
}

export interface AnswerReport extends AnswerScores {
  /** The questions that have an answer, and those that have none. */
  readonly answerable: AnswerScores;
  readonly unanswerable: AnswerScores;
}

/**
 * Exact match and F1 of words as SQuAD's evaluation script has them (version 2.0; Rajpurkar et al. 2018, which is
 * version 1.1's where every question has an answer): of several right answers the best counts.
 */
export function answerReport(predictions: readonly AnswerPrediction[]): AnswerReport {
  const scored = predictions.map(({ predicted, answers }) => {
    const known = answers.filter((answer) => normalizeAnswer(answer) !== '');
    const right = known.length === 0 ? [''] : known;
    return {
      answerable: known.length > 0,
      exactMatch: Math.max(...right.map((answer) => exactMatch(predicted, answer))),
      f1: Math.max(...right.map((answer) => wordF1(predicted, answer))),
    };
  });
  return {
    ...means(scored),
    answerable: means(scored.filter(({ answerable }) => answerable)),
    unanswerable: means(scored.filter(({ answerable }) => !answerable)),
  };
}

/** 1 if two answers are the same but for case, punctuation, articles and white space, else 0. */
export function exactMatch(predicted: string, answer: string): 0 | 1 {
  return normalizeAnswer(predicted) === normalizeAnswer(answer) ? 1 : 0;
}

/** Harmonic mean of the shares of words that two answers have in common; with no words in one, 1 if in both. */
export function wordF1(predicted: string, answer: string): number {
  const found = wordsOf(predicted);
  const wanted = wordsOf(answer);
  if (found.length === 0 || wanted.length === 0) return found.length === wanted.length ? 1 : 0;
  const left = new Map<string, number>();
  for (const word of wanted) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of found) {
    const count = left.get(word) ?? 0;
    if (count > 0) common++;
    left.set(word, count - 1);
  }
  return (2 * common) / (found.length + wanted.length);
}

/** Lower case, without ASCII punctuation, the words a, an and the, and but one blank between words. */
export function normalizeAnswer(text: string): string {
  return text
    .toLowerCase()
    .replace(/[!-/:-@[-`{-~]/g, '')
    .replace(/(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu, ' ') // \b of Python, which knows all letters
    .split(/[\s\u0085]+/)
    .filter((word) => word !== '')
    .join(' ');
}

function wordsOf(text: string): string[] {
  const normal = normalizeAnswer(text);
  return normal === '' ? [] : normal.split(' ');
}

function means(scored: readonly { exactMatch: number; f1: number }[]): AnswerScores {
  const mean = (of: 'exactMatch' | 'f1'): number =>
    ratio(
      scored.reduce((sum, each) => sum + each[of], 0),
      scored.length,
    );
  return { questions: scored.length, exactMatch: mean('exactMatch'), f1: mean('f1') };
}
