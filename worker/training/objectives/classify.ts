/** One class a text: encoded examples, and what a model's scores of them are worth. */
import { classIds } from '../../data/labelled/classes.ts';
import { type EncodeHooks, encodeExamples } from '../../data/labelled/encode-examples.ts';
import type { TextExample } from '../../data/labelled/examples.ts';
import { classifyFeeds, type Encoding, textFeatures } from '../../data/labelled/text-features.ts';
import { type ClassificationReport, classificationReport } from '../../metrics/classification.ts';
import type { Results } from '../../runtime/program.ts';
import type { EvaluationResult, ObjectiveBatch, Scorer } from '../objective.ts';
import { bestOfRow } from './best-of-row.ts';
import type { ExampleRows } from './labelled.ts';

export interface ClassifyScorer extends Scorer {
  report(): ClassificationReport;
}

export interface ClassifyRows extends ExampleRows {
  /** Class numbers of the examples. */
  readonly labels: Int32Array;
  scorer(): ClassifyScorer;
}

/** Throws `data` for a label that is none of the classes, `cancelled`. */
export async function classifyRows(
  examples: readonly TextExample[],
  classes: readonly string[],
  encoding: Encoding & EncodeHooks,
): Promise<ClassifyRows> {
  const features = await encodeExamples(examples, (example) => textFeatures(example, encoding), encoding);
  const labels = classIds(examples, classes);
  const cut = features.filter((each) => each.cut > 0).length;
  return {
    lengths: Int32Array.from(features, ({ ids }) => ids.length),
    labels,
    cut:
      cut === 0
        ? undefined
        : `${cut} of ${labels.length} texts are longer than the model reads: their ends are left out`,
    feeds: (rows, shape) =>
      classifyFeeds(
        Array.from(rows, (row) => features[row]!),
        rows.map((row) => labels[row]!),
        shape,
        encoding.special.pad,
      ),
    scorer: () => new Classified(labels, classes.length),
  };
}

class Classified implements ClassifyScorer {
  readonly #labels: Int32Array;
  readonly #classes: number;
  readonly #actual: number[] = [];
  readonly #predicted: number[] = [];
  #total = 0;
  #count = 0;

  constructor(labels: Int32Array, classes: number) {
    this.#labels = labels;
    this.#classes = classes;
  }

  add({ logits, total, count }: Results, { rows = new Int32Array() }: ObjectiveBatch): void {
    this.#total += Number(total!.data[0]);
    this.#count += Number(count!.data[0]);
    for (const [i, row] of rows.entries()) {
      this.#actual.push(this.#labels[row]!);
      this.#predicted.push(bestOfRow(logits!.data as Float32Array, i, this.#classes));
    }
  }

  report(): ClassificationReport {
    return classificationReport(this.#actual, this.#predicted, this.#classes);
  }

  result(): EvaluationResult {
    const { accuracy, macroF1, matthews } = this.report();
    return {
      loss: this.#total / this.#count,
      score: { name: 'macroF1', value: macroF1 },
      tokens: this.#actual.length,
      metrics: { accuracy, macroF1, matthews },
    };
  }
}
