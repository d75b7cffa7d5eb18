/** What is asked of an encoder: one program a question and batch shape. Letters: B batch, T tokens, C width, V vocabulary. */
import { cast, constant, div, gather, lookUp, mul, reduceSum, reshape } from '../graph/ops/index.ts';
import type { Graph, Tensor } from '../graph/tensor.ts';
import { classLogits, maskedLogits, spanLogits, tagLogits } from '../models/bert.ts';
import type { BertConfig } from '../models/bert-config.ts';
import { type EncoderModel, encoderModel } from '../models/encoder.ts';
import { namePrefix, parameterShapes } from '../models/layout.ts';
import type { ProgramSource } from '../runtime/program.ts';

/**
 * Outputs of each question, with the parts of a sequence one after another:
 * - masked: `logits` [B P, V] at chosen positions;
 * - classes: `logits` [B, labels]; tags: `logits` [B T, labels]; spans: `start` and `end` [B, T];
 * - first: `hidden` [B, C] of the first token; mean: `hidden` [B, C], the mean over the tokens that are no padding;
 * - layers: `layer-0` ... `layer-L` [B P, C] at chosen positions, of which layer 0 is the bare token embedding.
 */
export type Question = 'masked' | 'classes' | 'tags' | 'spans' | 'first' | 'mean' | 'layers';

/** P, positions of one sequence that a run can be asked about, where a question is about positions. */
export const MOST_POSITIONS = 8;

export interface EncoderProgramOptions {
  readonly question: Question;
  readonly batch: number;
  readonly length: number;
  /** Bakes the parameters in, packed for products: faster, and blind to later changes. `cpu` only. */
  readonly frozen: boolean;
}

/**
 * A program for one question. Feeds: `ids`, `mask` and, where the model has kinds of segment, `segments`, int32 [B T]; for
 * questions about positions also `positions`, int32 [B P], flat indices b T + t. Throws `model` if T is too long.
 */
export function encoderProgram(config: BertConfig, options: EncoderProgramOptions): ProgramSource {
  const { question, batch, length, frozen } = options;
  const model = encoderModel(config, batch, length, false);
  const [, ...allButTokens] = parameterShapes(config).keys();
  return {
    name: `encode-${question}-${batch}x${length}`,
    outputs: outputsOf(model, question),
    // ONNX Runtime packs no weight that is also looked up in
    frozen: new Set(frozen ? allButTokens : []),
  };
}

export function asksPositions(question: Question): boolean {
  return question === 'masked' || question === 'layers';
}

function outputsOf(model: EncoderModel, question: Question): Record<string, Tensor> {
  const { config, graph, scope, hidden, batch, length } = model;
  switch (question) {
    case 'masked':
      return { logits: maskedLogits(scope, config, hidden, positionsFeed(graph, batch)) };
    case 'classes':
      return { logits: classLogits(scope, config, hidden, batch) };
    case 'tags':
      return { logits: tagLogits(scope, config, hidden) };
    case 'spans':
      return spanLogits(scope, hidden, batch);
    case 'first':
      return { hidden: firstTokens(hidden, batch, length) };
    case 'mean':
      return { hidden: meanOfTokens(model) };
    case 'layers':
      return layersAt(model, positionsFeed(graph, batch));
  }
}

function positionsFeed(graph: Graph, batch: number): Tensor {
  return graph.feed('positions', 'int32', [batch * MOST_POSITIONS]);
}

function firstTokens(hidden: Tensor, batch: number, length: number): Tensor {
  const starts = Int32Array.from({ length: batch }, (_, row) => row * length);
  return gather(hidden, constant(hidden.graph, 'int32', [batch], starts));
}

/** [CLS] and [SEP] count as tokens, as in sentence-transformers. */
function meanOfTokens({ graph, hidden, batch, length, config }: EncoderModel): Tensor {
  const real = reshape(cast(graph.feeds.get('mask')!, 'float32'), [batch, length, 1]);
  const sum = reduceSum(mul(reshape(hidden, [batch, length, config.width]), real), [1]);
  return reshape(div(sum, reduceSum(real, [1])), [batch, config.width]);
}

function layersAt({ config, graph, scope }: EncoderModel, positions: Tensor): Record<string, Tensor> {
  const prefix = namePrefix(config.layout);
  const table = scope.parameter(`${prefix}embeddings.word_embeddings.weight`);
  const tokens = lookUp(table, graph.feeds.get('ids')!, config.padId);
  const layers: Record<string, Tensor> = { [layerName(0)]: gather(tokens, positions) };
  for (let layer = 1; layer <= config.layers; layer++) {
    layers[layerName(layer)] = gather(scope.probes.get(`${prefix}hidden.${layer}`)!, positions);
  }
  return layers;
}

export function layerName(layer: number): string {
  return `layer-${layer}`;
}
