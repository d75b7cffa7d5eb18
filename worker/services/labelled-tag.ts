import { balancedWeights, classesOf, classIds, requireEachClass } from '../data/labelled/classes.ts';
import type { TagExample } from '../data/labelled/examples.ts';
import { readTags } from '../data/labelled/read-examples.ts';
import { tagRows, type TagScorer } from '../training/objectives/tag.ts';
import type { LabelledTask } from './labelled-task.ts';

/** Sentences with a tag a word. */
export const tagTask: LabelledTask<TagExample, TagScorer> = {
  read: readTags,
  // sentences are parted as they are: most hold tags of several kinds
  splitItem: ({ tokens }) => ({ key: tokens.join(' '), label: '' }),
  texts: ({ tokens }) => [tokens.join(' ')],
  classes: (examples) => classesOf(examples.flatMap(({ tags }) => tags)),
  requireLearnable: (train, classes) => requireEachClass(tagIds(train, classes), classes),
  balanced: (train, classes) => [...balancedWeights(tagIds(train, classes), classes)],
  rows: tagRows,
  report: (scorer, { test }) => {
    const { precision, recall, f1, macroF1, tagAccuracy, types } = scorer.report();
    return {
      examples: test.length,
      model: { precision, recall, f1, macroF1, tagAccuracy },
      classes: Object.entries(types).map(([name, scores]) => {
        const { support, ...rates } = scores;
        return { name, precision: rates.precision, recall: rates.recall, f1: rates.f1, examples: support };
      }),
    };
  },
};

function tagIds(examples: readonly TagExample[], classes: readonly string[]): Int32Array {
  return classIds(
    examples.flatMap(({ tags, where }) => tags.map((label) => ({ label, where }))),
    classes,
  );
}
