import { balancedWeights, classesOf, classIds, requireEachClass } from '../data/labelled/classes.ts';
import type { TextExample } from '../data/labelled/examples.ts';
import { readTexts } from '../data/labelled/read-examples.ts';
import { Baseline } from '../metrics/baseline.ts';
import { type ClassificationReport, classificationReport } from '../metrics/classification.ts';
import { classifyRows, type ClassifyScorer } from '../training/objectives/classify.ts';
import type { RunReport } from '../training/report.ts';
import type { LabelledTask, Sides } from './labelled-task.ts';

/** Texts, or pairs of texts, with a class each; beside them TF-IDF with logistic regression on the same split. */
export const classifyTask: LabelledTask<TextExample, ClassifyScorer> = {
  read: readTexts,
  splitItems: (examples) =>
    examples.map(({ text, pair, label }) => ({ key: JSON.stringify([text, pair]), label })),
  texts: ({ text, pair }) => (pair === undefined ? [text] : [text, pair]),
  classes: (examples) => classesOf(examples.map(({ label }) => label)),
  requireLearnable: (train, classes) => requireEachClass(classIds(train, classes), classes),
  balanced: (train, classes) => [...balancedWeights(classIds(train, classes), classes)],
  rows: classifyRows,
  report: (scorer, sides, classes) => {
    const report = scorer.report();
    return {
      examples: report.examples,
      model: scoresOf(report),
      ...(sides.train.length === 0
        ? {}
        : { baseline: scoresOf(baselineOf(sides, classes)), baselineName: 'TF-IDF' }),
      classes: report.classes.map(({ precision, recall, f1, support }, i) => {
        return { name: classes[i]!, precision, recall, f1, examples: support };
      }),
      confusion: report.confusion.map((row) => [...row]),
    };
  },
};

function scoresOf({ accuracy, macroF1, matthews }: ClassificationReport): RunReport['model'] {
  return { accuracy, macroF1, matthews };
}

/** It may learn from what the model was chosen by as well: it has no use for validation data. */
function baselineOf(
  { train, validation, test }: Sides<readonly TextExample[]>,
  classes: readonly string[],
): ClassificationReport {
  const learned = [...train, ...validation];
  const texts = (examples: readonly TextExample[]): string[] =>
    examples.map(({ text, pair = '' }) => `${text} ${pair}`);
  const baseline = Baseline.fit(texts(learned), classIds(learned, classes), classes.length);
  return classificationReport(classIds(test, classes), baseline.predict(texts(test)), classes.length);
}
