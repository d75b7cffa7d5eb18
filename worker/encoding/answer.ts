import { bestSpans, type Span } from '../data/labelled/best-spans.ts';
import { questionWindows } from '../data/labelled/question-features.ts';
import type { RunOptions } from './encoder.ts';
import { encodingOf, type ReadingModel, requireHead, requireText } from './reading-model.ts';
import type { Answered, FoundSpan } from './results.ts';

export interface AnswerOptions extends RunOptions {
  /** Spans to tell of; default 5. */
  readonly top?: number | undefined;
  /** Tokens of an answer at most; default 30. */
  readonly maxAnswer?: number | undefined;
  /** No answer is given if it scores higher than the best span by more than this; default 0. */
  readonly threshold?: number | undefined;
  /** Tokens from one window of a long context to the next; default 128, or half of what the model sees. */
  readonly stride?: number | undefined;
}

/** Tokens of a question that are read, as in BERT. */
const MAX_QUESTION = 64;
const STRIDE = 128;
/** Spans whose shares are told, however many are shown: as in BERT. */
const BEST = 20;

/**
 * The piece of a context that answers a question, or that there is none. A context that is too long is read in windows
 * that overlap. Throws `usage` for an empty question or context, `model` for a model without a head for spans, `data` if
 * the question leaves no room, `provider`, `cancelled`.
 */
export async function answer(
  model: ReadingModel,
  { question, context }: { readonly question: string; readonly context: string },
  { top = 5, maxAnswer = 30, threshold = 0, stride, signal }: AnswerOptions = {},
): Promise<Answered> {
  const { encoder } = model;
  requireHead(encoder.config, ['answer'], 'answering');
  requireText(question, 'a question');
  requireText(context, 'a text to find the answer in');
  const half = Math.floor(encoder.config.context / 2);
  const windows = questionWindows(
    { question, context },
    {
      ...encodingOf(model),
      stride: stride ?? Math.min(STRIDE, half),
      maxQuestion: Math.min(MAX_QUESTION, half),
    },
  );
  const scored = await encoder.ask(
    'spans',
    windows,
    ({ start, end }, index) => ({
      window: windows[index]!,
      startLogits: start!.slice(),
      endLogits: end!.slice(),
    }),
    { signal },
  );
  const found = bestSpans(scored, { best: Math.max(top, BEST), maxAnswer, threshold });
  const { noAnswerScore, noAnswerProbability } = found;
  const spans = distinct(found.spans.map((span) => withText(span, context))).slice(0, top);
  const best = found.answer === undefined ? {} : { answer: withText(found.answer, context) };
  return { ...best, spans, noAnswerScore, noAnswerProbability, windows: windows.length };
}

/** Each place once, the best of it: spans that begin or end in the middle of a word become the same. */
function distinct(spans: readonly FoundSpan[]): FoundSpan[] {
  const isSame = (a: FoundSpan, b: FoundSpan): boolean => a.start === b.start && a.end === b.end;
  return spans.filter((span, i) => spans.findIndex((other) => isSame(span, other)) === i);
}

/** The span with the whole of the words that it begins and ends in. */
function withText({ start, end, score, probability }: Span, context: string): FoundSpan {
  let [from, to] = [start, end];
  while (from > 0 && isInWord(context, from)) from--;
  while (to < context.length && isInWord(context, to)) to++;
  return { text: context.slice(from, to), start: from, end: to, score, probability };
}

/** Scripts that write words without blanks between them. */
const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;

/** Whether a place is between two letters or digits of a word. */
function isInWord(text: string, place: number): boolean {
  const around = text.slice(place - 1, place + 1);
  return /^[\p{L}\p{N}]{2}$/u.test(around) && !UNSPACED.test(around);
}
