/** What each head of an encoder learns from. Sums rather than means are given out, so that batches add up. */
import { ClozeError } from '../base/errors.ts';
import { add, argMax, cast, constant, crossEntropy, div, gather, less, maximum } from '../graph/ops/index.ts';
import { mul, reshape, scalar, scale, sub, sumAll } from '../graph/ops/index.ts';
import type { Graph, Tensor } from '../graph/tensor.ts';
import { bertPooled, classLogits, maskedLogits, nextSentenceLogits, spanLogits, tagLogits } from './bert.ts';
import type { EncoderModel } from './encoder.ts';

export interface EncoderLoss {
  readonly graph: Graph;
  /** A scalar in nats: what gradients are taken of. */
  readonly loss: Tensor;
  /** What an evaluation reads, by name; see the function of each head. */
  readonly scores: Readonly<Record<string, Tensor>>;
}

export interface EncoderLossOptions {
  /** P, positions of a batch that may be masked; of the heads with masked language modelling. */
  readonly positions?: number;
  /** One factor for each label, of the heads of classes; 1 each where it is left out. */
  readonly classWeights?: readonly number[] | undefined;
}

/** The loss of the model's own head. Throws `model` if it has none. */
export function encoderLoss(model: EncoderModel, options: EncoderLossOptions = {}): EncoderLoss {
  const { positions = model.batch * model.length, classWeights } = options;
  switch (model.config.head) {
    case 'mlm':
      return maskedLoss(model, positions);
    case 'mlm+nsp':
      return pretrainingLoss(model, positions);
    case 'classify':
      return classLoss(model, classWeights);
    case 'tag':
      return tagLoss(model, classWeights);
    case 'answer':
      return answerLoss(model);
    case 'none':
      throw new ClozeError('model', 'the model has no head to train', {
        hint: 'choose one, such as model.head=mlm',
      });
  }
}

/**
 * Masked language modelling. Feeds: `positions`, int32 [P], flat indices b T + t; `targets`, int32 [P], the ids that
 * were there, -1 where a row is not used. Scores: `mlmTotal`, `mlmCount`, `mlmCorrect`.
 */
function maskedLoss(model: EncoderModel, positions: number): EncoderLoss {
  const { graph, scope, config, hidden } = model;
  return graph.within('mlm', () => {
    const at = graph.feed('positions', 'int32', [positions]);
    const logits = maskedLogits(scope, config, hidden, at); // [P, V]
    const { loss, total, count, correct } = targetLoss(logits, graph.feed('targets', 'int32', [positions]));
    return { graph, loss, scores: { mlmTotal: total, mlmCount: count, mlmCorrect: correct } };
  });
}

/**
 * Masked language modelling and next sentence prediction; the loss is the sum of both. Feeds: those of
 * {@link maskedLoss}, and `nextSentence`, int32 [B]: 0 where the second text follows the first, 1 where it does not,
 * -1 where a sequence does not count. Scores: also `nspTotal`, `nspCount`, `nspCorrect`.
 */
function pretrainingLoss(model: EncoderModel, positions: number): EncoderLoss {
  const { graph, scope, config, hidden, batch } = model;
  const masked = maskedLoss(model, positions);
  return graph.within('nsp', () => {
    const logits = nextSentenceLogits(scope, bertPooled(scope, config, hidden, batch)); // [B, 2]
    const next = targetLoss(logits, graph.feed('nextSentence', 'int32', [batch]));
    const scores = { nspTotal: next.total, nspCount: next.count, nspCorrect: next.correct };
    return { graph, loss: add(masked.loss, next.loss), scores: { ...masked.scores, ...scores } };
  });
}

/**
 * One class a text. Feed: `labels`, int32 [B], -1 where a sequence does not count. Scores: `logits` [B, labels],
 * `total` and `count` (with weights, both weighted), `correct`.
 */
function classLoss(model: EncoderModel, weights?: readonly number[]): EncoderLoss {
  const { graph, scope, config, hidden, batch } = model;
  return graph.within('classify', () => labelled(model, classLogits(scope, config, hidden, batch), weights));
}

/** One class a token. Feed: `labels`, int32 [B T], -1 where a token does not count. Scores: as {@link classLoss}. */
function tagLoss(model: EncoderModel, weights?: readonly number[]): EncoderLoss {
  const { graph, scope, config, hidden } = model;
  return graph.within('tag', () => labelled(model, tagLogits(scope, config, hidden), weights));
}

/**
 * A span of the text. Feeds: `starts` and `ends`, int32 [B], its first and last token; 0, the [CLS], for no answer.
 * One outside 0..T-1 does not count. The loss is the mean of both. Scores: `start` and `end`, logits [B, T], where
 * padding has values too; `startTotal`, `startCount`, `startCorrect`, `endTotal`, `endCount`, `endCorrect`.
 */
function answerLoss({ graph, scope, hidden, batch, length }: EncoderModel): EncoderLoss {
  return graph.within('answer', () => {
    const { start, end } = spanLogits(scope, hidden, batch);
    const inside = (name: string): Tensor => within(graph.feed(name, 'int32', [batch]), length);
    const first = targetLoss(start, inside('starts'));
    const last = targetLoss(end, inside('ends'));
    const scores = {
      start,
      end,
      startTotal: first.total,
      startCount: first.count,
      startCorrect: first.correct,
      endTotal: last.total,
      endCount: last.count,
      endCorrect: last.correct,
    };
    return { graph, loss: scale(add(first.loss, last.loss), 0.5), scores };
  });
}

function labelled({ graph }: EncoderModel, logits: Tensor, weights?: readonly number[]): EncoderLoss {
  const targets = graph.feed('labels', 'int32', [logits.shape[0]!]);
  const { loss, total, count, correct } = targetLoss(logits, targets, weights);
  return { graph, loss, scores: { logits, total, count, correct } };
}

interface TargetLoss {
  /** Mean cross-entropy of the targets that count, a scalar; 0 if none does. */
  readonly loss: Tensor;
  /** Its numerator and denominator. */
  readonly total: Tensor;
  readonly count: Tensor;
  /** How many targets have the highest score. */
  readonly correct: Tensor;
}

/**
 * Cross-entropy against targets int32 [N]; a negative one does not count. With weights, each target counts as much as
 * its class, as torch.nn.CrossEntropyLoss does. Throws `model` unless there is a weight for each class.
 */
function targetLoss(logits: Tensor, targets: Tensor, weights?: readonly number[]): TargetLoss {
  const { graph } = logits;
  const some = maximum(targets, scalar(graph, 0, 'int32'));
  const real = cast(less(scalar(graph, -1, 'int32'), targets), 'float32'); // [N]
  const counted = weights === undefined ? real : mul(real, weightOf(some, weights, logits.shape[1]!));
  const total = sumAll(mul(crossEntropy(logits, some), counted));
  const count = sumAll(counted);
  const found = argMax(logits); // [N]
  const missed = add(cast(less(found, targets), 'float32'), cast(less(targets, found), 'float32'));
  const correct = sumAll(sub(scalar(graph, 1), missed));
  // a batch with nothing to count has a total of 0, over a divisor that weights can make no smaller than this
  return { loss: div(total, maximum(count, scalar(graph, SMALLEST_COUNT))), total, count, correct };
}

const SMALLEST_COUNT = 1e-6;

function weightOf(targets: Tensor, weights: readonly number[], classes: number): Tensor {
  if (weights.length !== classes || weights.some((w) => !(w >= 0 && Number.isFinite(w)))) {
    throw new ClozeError(
      'model',
      `expected ${classes} class weights of 0 or more, got ${weights.join(', ')}`,
      {
        details: { classes, weights },
      },
    );
  }
  const table = constant(targets.graph, 'float32', [classes, 1], weights);
  return reshape(gather(table, targets), [targets.shape[0]!]);
}

/** Targets below `size`, and -1 for the others. */
function within(targets: Tensor, size: number): Tensor {
  const { graph } = targets;
  const inside = cast(less(targets, scalar(graph, size, 'int32')), 'int32'); // 1, or 0 beyond
  return sub(mul(targets, inside), sub(scalar(graph, 1, 'int32'), inside));
}
