/** One tag a word: encoded sentences, and what a model's scores of them are worth. */
import { classIds } from '../../data/labelled/classes.ts';
import { type EncodeHooks, encodeExamples } from '../../data/labelled/encode-examples.ts';
import type { TagExample } from '../../data/labelled/examples.ts';
import { BEFORE_WORD, tagFeatures, tagFeeds } from '../../data/labelled/tag-features.ts';
import type { Encoding } from '../../data/labelled/text-features.ts';
import { type EntityReport, entityReport } from '../../metrics/entities.ts';
import type { Results } from '../../runtime/program.ts';
import type { EvaluationResult, ObjectiveBatch, Scorer } from '../objective.ts';
import { bestOfRow } from './best-of-row.ts';
import type { ExampleRows } from './labelled.ts';

export interface TagScorer extends Scorer {
  report(): EntityReport;
}

export interface TagRows extends ExampleRows {
  /** Class numbers of the words of each sentence. */
  readonly tags: readonly Int32Array[];
  scorer(): TagScorer;
}

/** What a word counts as that the model does not read. */
const OUTSIDE = 'O';

/** Throws `data` for a tag that is none of the classes, `cancelled`. */
export async function tagRows(
  examples: readonly TagExample[],
  classes: readonly string[],
  encoding: Encoding & EncodeHooks,
): Promise<TagRows> {
  const before = BEFORE_WORD[encoding.special.frame];
  const features = await encodeExamples(
    examples,
    ({ tokens }) => tagFeatures(tokens, encoding, before),
    encoding,
  );
  const tags = examples.map(({ tags, where }) =>
    classIds(
      tags.map((label) => ({ label, where })),
      classes,
    ),
  );
  const cut = features.reduce((sum, { cutWords }) => sum + cutWords, 0);
  const firstPieces = features.map((each) => each.firstPieces);
  return {
    lengths: Int32Array.from(features, ({ ids }) => ids.length),
    tags,
    cut: cut === 0 ? undefined : `${cut} words are beyond what the model reads: they are left out`,
    feeds: (rows, shape) =>
      tagFeeds(
        Array.from(rows, (row) => features[row]!),
        Array.from(rows, (row) => tags[row]!),
        shape,
        encoding.special.pad,
      ),
    scorer: () => new Tagged({ examples, firstPieces, classes }),
  };
}

interface TaggedSentences {
  readonly examples: readonly TagExample[];
  readonly firstPieces: readonly Int32Array[];
  readonly classes: readonly string[];
}

class Tagged implements TagScorer {
  readonly #sentences: TaggedSentences;
  readonly #actual: (readonly string[])[] = [];
  readonly #predicted: string[][] = [];
  #total = 0;
  #count = 0;

  constructor(sentences: TaggedSentences) {
    this.#sentences = sentences;
  }

  add({ logits, total, count }: Results, { rows = new Int32Array(), length }: ObjectiveBatch): void {
    const { examples, firstPieces, classes } = this.#sentences;
    this.#total += Number(total!.data[0]);
    this.#count += Number(count!.data[0]);
    for (const [i, row] of rows.entries()) {
      const tagOf = (place: number): string =>
        place < 0
          ? OUTSIDE
          : classes[bestOfRow(logits!.data as Float32Array, i * length + place, classes.length)]!;
      this.#actual.push(examples[row]!.tags);
      this.#predicted.push(Array.from(firstPieces[row]!, tagOf));
    }
  }

  report(): EntityReport {
    return entityReport(this.#actual, this.#predicted);
  }

  result(): EvaluationResult {
    const { precision, recall, f1, tagAccuracy } = this.report();
    return {
      loss: this.#total / this.#count,
      score: { name: 'f1', value: f1 },
      tokens: this.#actual.reduce((sum, tags) => sum + tags.length, 0),
      metrics: { precision, recall, f1, tagAccuracy },
    };
  }
}
