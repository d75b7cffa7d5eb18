/** Learning from labelled examples: fine-tuning of an encoder with a head of its own (Devlin et al. 2018, section 4). */
import { bucketed, bucketsFor, BucketSource } from '../../data/labelled/buckets.ts';
import type { BatchShape } from '../../data/objectives/encoder-batch.ts';
import type { BertConfig } from '../../models/bert-config.ts';
import { encoderModel } from '../../models/encoder.ts';
import { encoderLoss } from '../../models/encoder-losses.ts';
import { type Adapter, trainedShapes } from '../../models/lora.ts';
import type { LossSource, Objective, ObjectiveBatch, Scorer } from '../objective.ts';
import type { TrainingSettings } from '../settings.ts';

/** Encoded examples of one side of a split: each is a row of some batch. */
export interface ExampleRows {
  /** Tokens of each row. */
  readonly lengths: Int32Array;
  /** What the model does not read of the examples, in words. */
  readonly cut?: string | undefined;
  /** The feeds of at most B rows. */
  feeds(rows: Int32Array, shape: BatchShape): Readonly<Record<string, Int32Array>>;
  /** Adds up what a model says of these rows. */
  scorer(): Scorer;
}

export interface LabelledData {
  readonly train: ExampleRows;
  readonly validation: ExampleRows;
}

export type LabelledSettings = Pick<TrainingSettings, 'batch' | 'context' | 'seed' | 'lengths'>;

export interface LabelledOptions extends LabelledSettings {
  /** One factor a class; none where all count alike. */
  readonly classWeights?: readonly number[] | undefined;
  readonly adapter?: Adapter | undefined;
}

/** Throws `data` if a row is longer than T, or there are none to train on. */
export function labelledObjective(
  config: BertConfig,
  { train, validation }: LabelledData,
  options: LabelledOptions,
): Objective {
  const { batch, seed, classWeights, adapter } = options;
  const buckets = lengthsFor([train, validation], options);
  const source = new BucketSource(train.lengths, { batch, buckets, seed });
  return {
    config,
    adapter,
    trained: trainedShapes(config, adapter),
    lengths: buckets,
    lossGraph: (length, training) =>
      encoderLoss(encoderModel(config, batch, length, training, adapter), { classWeights }),
    tokens: { train: sum(train.lengths), validation: sum(validation.lengths) },
    at: (index) => rowBatch(train, source.at(index), batch),
    evaluation: (count) => exampleBatches(validation, { batch, seed, buckets }, count),
    scorer: () => validation.scorer(),
  };
}

/** The loss of rows that are only scored, and their batches. */
export function labelledScoring(
  config: BertConfig,
  rows: ExampleRows,
  options: LabelledSettings,
): LossSource & { readonly batches: Iterable<ObjectiveBatch> } {
  const { batch, seed } = options;
  const lengths = lengthsFor([rows], options);
  return {
    trained: new Map(),
    lengths,
    lossGraph: (length, training) => encoderLoss(encoderModel(config, batch, length, training)),
    batches: exampleBatches(rows, { batch, seed, buckets: lengths }),
  };
}

/** All rows once, or `count` batches spread over them where that is not 0, in a fixed order. */
export function* exampleBatches(
  rows: ExampleRows,
  options: { readonly batch: number; readonly seed: number; readonly buckets: readonly number[] },
  count = 0,
): Generator<ObjectiveBatch> {
  const all = bucketed(rows.lengths, options, 0);
  const taken = count === 0 ? all.length : Math.min(count, all.length);
  for (let i = 0; i < taken; i++) {
    yield rowBatch(rows, all[Math.floor((i * all.length) / taken)]!, options.batch);
  }
}

/** The lengths that rows are padded to: few, since each is a program of its own. */
function lengthsFor(sides: readonly ExampleRows[], { context, lengths }: LabelledSettings): number[] {
  const shortest = Math.floor(context / 2 ** (lengths - 1));
  const all = Int32Array.from(sides.flatMap((side) => [...side.lengths]));
  const buckets = bucketsFor(all, context, shortest);
  return buckets.includes(context) ? buckets : [...buckets, context];
}

function rowBatch(
  rows: ExampleRows,
  { length, examples }: { readonly length: number; readonly examples: Int32Array },
  batch: number,
): ObjectiveBatch {
  return { length, feeds: rows.feeds(examples, { batch, context: length }), rows: examples };
}

function sum(values: Int32Array): number {
  return values.reduce((total, value) => total + value, 0);
}
