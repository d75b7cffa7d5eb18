import type { QuestionWindow } from './question-features.ts';

/** What a model says of a window. */
export interface ScoredWindow {
  readonly window: QuestionWindow;
  /** [T] at least as long as the window's ids: how likely the answer begins and ends at each, unnormalized. */
  readonly startLogits: ArrayLike<number>;
  readonly endLogits: ArrayLike<number>;
}

/** A piece of the context. */
export interface Span {
  /** Offsets into the context, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  /** Sum of its start and end logits. */
  readonly score: number;
  /** Its share among the best spans and no answer, by softmax. */
  readonly probability: number;
}

export interface SpanOptions {
  /** Tokens of an answer at most; 30 in BERT. */
  readonly maxAnswer: number;
  /** Spans to return; 20 in BERT. */
  readonly best: number;
  /** No answer is given if it scores higher than the best span by more than this. */
  readonly threshold: number;
  /** false for data whose questions all have an answer, as SQuAD 1.1's (default: true). */
  readonly mayBeUnanswerable?: boolean;
}

export interface SpanResult {
  /** The best span, or undefined if no answer is the answer. */
  readonly answer: Span | undefined;
  /** The best spans of all windows, the best first; each place once. */
  readonly spans: readonly Span[];
  /** The lowest score of the [CLS] among the windows, as in BERT. */
  readonly noAnswerScore: number;
  readonly noAnswerProbability: number;
}

/** The answer to a question from all windows of its context (Devlin et al. 2018, sections 4.2 and 4.3). */
export function bestSpans(windows: readonly ScoredWindow[], options: SpanOptions): SpanResult {
  const { best, threshold, mayBeUnanswerable = true } = options;
  const noAnswerScore = Math.min(
    ...windows.map(({ startLogits, endLogits }) => startLogits[0]! + endLogits[0]!),
  );
  const candidates = new BestList(best);
  for (const window of windows) offer(window, options.maxAnswer, candidates);
  const { spans } = candidates;
  const most = Math.max(noAnswerScore, spans[0]?.score ?? -Infinity);
  const weight = (score: number): number => Math.exp(score - most);
  const none = mayBeUnanswerable ? weight(noAnswerScore) : 0;
  const sum = spans.reduce((total, { score }) => total + weight(score), none);
  const results = spans.map((span) => ({ ...span, probability: weight(span.score) / sum }));
  const top = results[0];
  const unanswered = top === undefined || (mayBeUnanswerable && noAnswerScore - top.score > threshold);
  return {
    answer: unanswered ? undefined : top,
    spans: results,
    noAnswerScore,
    noAnswerProbability: none / sum,
  };
}

type Candidate = Omit<Span, 'probability'>;

/** Every span of a window that is not too long. */
function offer({ window, startLogits, endLogits }: ScoredWindow, maxAnswer: number, list: BestList): void {
  const { first, starts, ends } = window;
  for (let from = 0; from < starts.length; from++) {
    const last = Math.min(ends.length, from + maxAnswer);
    for (let to = from; to < last; to++) {
      const score = startLogits[first + from]! + endLogits[first + to]!;
      if (score > list.bar) list.offer({ start: starts[from]!, end: ends[to]!, score });
    }
  }
}

/** The best few of what is offered, each place once: windows overlap, and say the same place twice. */
class BestList {
  readonly #size: number;
  readonly spans: Candidate[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  /** What a score must exceed to get in. */
  get bar(): number {
    return this.spans.length < this.#size ? -Infinity : this.spans.at(-1)!.score;
  }

  offer(candidate: Candidate): void {
    const known = this.spans.findIndex(
      ({ start, end }) => start === candidate.start && end === candidate.end,
    );
    if (known >= 0) {
      if (this.spans[known]!.score >= candidate.score) return;
      this.spans.splice(known, 1);
    }
    const place = this.spans.findIndex(({ score }) => score < candidate.score);
    this.spans.splice(place < 0 ? this.spans.length : place, 0, candidate);
    if (this.spans.length > this.#size) this.spans.pop();
  }
}
