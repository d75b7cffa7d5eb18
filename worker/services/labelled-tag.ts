import { balancedWeights, classesOf, classIds, requireEachClass } from '../data/labelled/classes.ts';
import type { TagExample } from '../data/labelled/examples.ts';
import { readTags } from '../data/labelled/read-examples.ts';
import { tagRows, type TagScorer } from '../training/objectives/tag.ts';
import type { LabelledTask } from './labelled-task.ts';

/** Sentences with a tag a word. */
export const tagTask: LabelledTask<TagExample, TagScorer> = {
  read: readTags,
  splitItems: (examples) => {
    const label = rarestTag(examples);
    return examples.map((example) => ({ key: example.tokens.join(' '), label: label(example) }));
  },
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

/** Of each sentence the tag that the fewest sentences have: so each tag keeps its share, and what is seen once is learned. */
function rarestTag(examples: readonly TagExample[]): (example: TagExample) => string {
  const sentences = new Map<string, number>();
  for (const { tags } of examples) {
    for (const tag of new Set(tags)) sentences.set(tag, (sentences.get(tag) ?? 0) + 1);
  }
  return ({ tags }) =>
    tags.reduce(
      (rarest, tag) => (sentences.get(tag)! < sentences.get(rarest)! ? tag : rarest),
      tags[0] ?? '',
    );
}

function tagIds(examples: readonly TagExample[], classes: readonly string[]): Int32Array {
  return classIds(
    examples.flatMap(({ tags, where }) => tags.map((label) => ({ label, where }))),
    classes,
  );
}
