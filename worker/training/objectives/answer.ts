/** Spans of a context that answer questions: encoded windows, and what a model's scores of them are worth. */
import { bestSpans, type ScoredWindow } from '../../data/labelled/best-spans.ts';
import { type EncodeHooks, encodeExamples } from '../../data/labelled/encode-examples.ts';
import type { QuestionExample } from '../../data/labelled/examples.ts';
import {
  answerFeeds,
  answerPlace,
  type QuestionOptions,
  type QuestionWindow,
  questionWindows,
} from '../../data/labelled/question-features.ts';
import { type AnswerReport, answerReport } from '../../metrics/answers.ts';
import type { Results } from '../../runtime/program.ts';
import type { EvaluationResult, ObjectiveBatch, Scorer } from '../objective.ts';
import type { ExampleRows } from './labelled.ts';

/** BERT's on SQuAD. */
const SEARCH = { maxAnswer: 30, best: 20, threshold: 0 };

export interface AnswerScorer extends Scorer {
  report(): AnswerReport;
}

export interface AnswerRows extends ExampleRows {
  readonly questions: number;
  scorer(): AnswerScorer;
}

interface WindowOf {
  readonly window: QuestionWindow;
  /** Number of the question. */
  readonly question: number;
  readonly place: { readonly start: number; readonly end: number };
}

/** Each window is a row; one that does not hold all of an answer has none. Throws `data`, `cancelled`. */
export async function answerRows(
  examples: readonly QuestionExample[],
  options: QuestionOptions & EncodeHooks,
): Promise<AnswerRows> {
  const windowsOf = await encodeExamples(
    examples,
    (example, question) =>
      questionWindows(example, options).map((window): WindowOf => {
        return { window, question, place: answerPlace(window, example.answers[0]) };
      }),
    options,
  );
  const windows = windowsOf.flat();
  const chosen = (rows: Int32Array): WindowOf[] => Array.from(rows, (row) => windows[row]!);
  return {
    lengths: Int32Array.from(windows, ({ window }) => window.ids.length),
    questions: examples.length,
    feeds: (rows, shape) =>
      answerFeeds(
        chosen(rows).map(({ window }) => window),
        chosen(rows).map(({ place }) => place),
        shape,
        options.special.pad,
      ),
    scorer: () => new Answered(examples, windows),
  };
}

class Answered implements AnswerScorer {
  readonly #examples: readonly QuestionExample[];
  readonly #windows: readonly WindowOf[];
  readonly #scored = new Map<number, ScoredWindow[]>();
  /** How many windows each question has. */
  readonly #windowsOf = new Map<number, number>();
  #total = 0;
  #count = 0;

  constructor(examples: readonly QuestionExample[], windows: readonly WindowOf[]) {
    this.#examples = examples;
    this.#windows = windows;
    for (const { question } of windows) {
      this.#windowsOf.set(question, (this.#windowsOf.get(question) ?? 0) + 1);
    }
  }

  add(results: Results, { rows = new Int32Array(), length }: ObjectiveBatch): void {
    const sum = (name: string): number => Number(results[name]!.data[0]);
    this.#total += (sum('startTotal') + sum('endTotal')) / 2;
    this.#count += sum('startCount');
    const row = (name: string, i: number): Float32Array =>
      (results[name]!.data as Float32Array).slice(i * length, (i + 1) * length);
    for (const [i, number] of rows.entries()) {
      const { window, question } = this.#windows[number]!;
      const scored = this.#scored.get(question) ?? [];
      scored.push({ window, startLogits: row('start', i), endLogits: row('end', i) });
      this.#scored.set(question, scored);
    }
  }

  report(): AnswerReport {
    const mayBeUnanswerable = this.#examples.some(({ answers }) => answers.length === 0);
    return answerReport(
      this.#whole().map(([question, scored]) => {
        const { context, answers } = this.#examples[question]!;
        const { answer } = bestSpans(scored, { ...SEARCH, mayBeUnanswerable });
        return {
          predicted: answer === undefined ? '' : context.slice(answer.start, answer.end),
          answers: answers.map(({ text }) => text),
        };
      }),
    );
  }

  /** The questions all of whose windows were scored: of a sample of the batches, some have not been. */
  #whole(): [question: number, scored: ScoredWindow[]][] {
    return Array.from(this.#scored).filter(
      ([question, { length }]) => length === this.#windowsOf.get(question),
    );
  }

  result(): EvaluationResult {
    const { exactMatch, f1 } = this.report();
    return {
      loss: this.#total / this.#count,
      score: { name: 'f1', value: f1 },
      tokens: this.#count,
      metrics: { exactMatch, f1 },
    };
  }
}
