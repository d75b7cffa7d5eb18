/** What a run learns: the seam between the engine that trains and the loss and data that it trains on. */
import type { Graph, Shape, Tensor } from '../graph/tensor.ts';
import type { Best } from './best.ts';
import type { TrainedModel } from '../models/lora.ts';
import type { Routing } from '../models/routing-schema.ts';
import type { Results } from '../runtime/program.ts';
import type { HostData } from '../runtime/session.ts';

/** The graph of a loss over one batch. */
export interface LossGraph {
  readonly graph: Graph;
  /** A scalar: what gradients are taken of. */
  readonly loss: Tensor;
  /** What an evaluation reads, by name: sums rather than means, so that batches add up. */
  readonly scores: Readonly<Record<string, Tensor>>;
}

/** A loss as a function of a model's parameters, whatever the data. */
export interface LossSource {
  /** The parameters that training changes: all of the model's, or those of its adapter. */
  readonly trained: ReadonlyMap<string, Shape>;
  /** T, tokens of a sequence, of each shape that batches may have. */
  readonly lengths: readonly number[];
  /** The loss of batches of a length. With `training` there is dropout, under the feed `dropoutKey`. */
  lossGraph(length: number, training: boolean): LossGraph;
}

/** One micro-batch. */
export interface ObjectiveBatch {
  /** T, one of the objective's lengths. */
  readonly length: number;
  /** Values of the loss graph's feeds by name. */
  readonly feeds: Readonly<Record<string, HostData>>;
  /** Numbers of the examples in its rows, where the data is examples. */
  readonly rows?: Int32Array | undefined;
}

export interface EvaluationResult {
  /** Mean over the targets, in nats: what the best checkpoint has least of, where there is no `score`. */
  readonly loss: number;
  /** What the best checkpoint has most of: a loss grows with a few confident mistakes while others are mended. */
  readonly score?: Best['score'];
  /** Targets that it is the mean of. */
  readonly tokens: number;
  /** Further scores, such as accuracies, by name. */
  readonly metrics?: Readonly<Record<string, number>> | undefined;
  /** How the routers of a mixture of experts spread the tokens. */
  readonly routing?: Routing | undefined;
}

/** Adds up the scores of an evaluation's batches. */
export interface Scorer {
  add(results: Results, batch: ObjectiveBatch): void;
  result(): EvaluationResult;
}

/** A loss with the data of a run. */
export interface Objective extends LossSource, TrainedModel {
  /** Tokens of the data. */
  readonly tokens: { readonly train: number; readonly validation: number };
  /** Micro-batch `index`, from 0: a pure function, so that a run goes on at any step. */
  at(index: number): ObjectiveBatch;
  /** The validation data, or `batches` batches spread evenly over it where that is not 0. */
  evaluation(batches: number): Iterable<ObjectiveBatch>;
  scorer(): Scorer;
}
