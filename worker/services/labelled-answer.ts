import type { QuestionExample } from '../data/labelled/examples.ts';
import { readQuestions } from '../data/labelled/read-examples.ts';
import { answerRows, type AnswerScorer } from '../training/objectives/answer.ts';
import type { RunReport } from '../training/report.ts';
import type { LabelledTask } from './labelled-task.ts';

/** Tokens of a question that are read, as BERT on SQuAD. */
const MAX_QUESTION = 64;

/** Questions with contexts that hold the answers. */
export const answerTask: LabelledTask<QuestionExample, AnswerScorer> = {
  read: readQuestions,
  // all questions on a context are on one side of the split
  splitItems: (examples) =>
    examples.map(({ context, answers }) => ({
      key: context,
      label: answers.length === 0 ? 'none' : 'some',
    })),
  texts: ({ question, context }) => [question, context],
  classes: () => [],
  requireLearnable: () => undefined,
  rows: (examples, _, encoding) => answerRows(examples, { ...encoding, maxQuestion: MAX_QUESTION }),
  report: (scorer, { test }) => {
    const { exactMatch, f1, answerable, unanswerable } = scorer.report();
    const apart: RunReport['model'] =
      unanswerable.questions === 0
        ? {}
        : {
            'exactMatch, with answer': answerable.exactMatch,
            'f1, with answer': answerable.f1,
            'exactMatch, without': unanswerable.exactMatch,
          };
    return { examples: test.length, model: { exactMatch, f1, ...apart } };
  },
};
