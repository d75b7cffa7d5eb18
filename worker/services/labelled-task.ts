/** What the labelled objectives have in common: examples from files, their classes, rows of batches, a report. */
import type { EncodeHooks } from '../data/labelled/encode-examples.ts';
import type { SplitItem } from '../data/labelled/split.ts';
import type { Encoding } from '../data/labelled/text-features.ts';
import type { Scorer } from '../training/objective.ts';
import type { ExampleRows } from '../training/objectives/labelled.ts';
import type { RunReport } from '../training/report.ts';
import type { TrainingSettings } from '../training/settings.ts';

/** Examples by side, as a split has them. */
export interface Sides<T> {
  readonly train: T;
  readonly validation: T;
  readonly test: T;
}

/** Encoded examples with the task's own scorer. */
export interface TaskRows<S extends Scorer> extends ExampleRows {
  scorer(): S;
}

/**
 * A labelled objective over examples of type E. `S` scores the rows of one side; what it found becomes the report.
 */
export interface LabelledTask<E, S extends Scorer> {
  /** Throws `data` with file and line. */
  read(path: string): E[];
  splitItems(examples: readonly E[]): SplitItem[];
  /** What a tokenizer is trained on, where the model has none. */
  texts(example: E): string[];
  /** The classes of the head, none where it has no classes. */
  classes(examples: readonly E[]): string[];
  /** Throws `data` where training could not learn a class. */
  requireLearnable(train: readonly E[], classes: readonly string[]): void;
  /** One factor a class, for balanced weights. */
  balanced?(train: readonly E[], classes: readonly string[]): readonly number[];
  /** Throws `data` for a label that is none of the classes, `cancelled`. */
  rows(examples: readonly E[], classes: readonly string[], encoding: TaskEncoding): Promise<TaskRows<S>>;
  report(scorer: S, sides: Sides<readonly E[]>, classes: readonly string[]): RunReport;
}

export interface TaskEncoding extends Encoding, EncodeHooks, Pick<TrainingSettings, 'stride'> {}
