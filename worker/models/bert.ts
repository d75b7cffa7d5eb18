/** The encoder stack: BERT (Devlin et al. 2018), RoBERTa (Liu et al. 2019) and DistilBERT (Sanh et al. 2019) are configurations of it. */
import { add, cast, constant, gather, gelu, geluTanh, gemm } from '../graph/ops/index.ts';
import { iota, less, lookUp, mul, relu, reshape, shift, slice, sub, tanh } from '../graph/ops/index.ts';
import type { Tensor } from '../graph/tensor.ts';
import { type Attend, bidirectionalAttention, paddingMask } from '../nn/attention.ts';
import { linear, norm } from '../nn/layers.ts';
import type { Scope } from '../nn/scope.ts';
import type { BertConfig } from './bert-config.ts';
import {
  firstPosition,
  MLM_NAMES,
  NSP_NAME,
  PRE_CLASSIFIER_NAME,
  SPAN_NAME,
  STACK_NAMES,
} from './bert-layout.ts';
import { namePrefix } from './layout.ts';

export interface BertInputs {
  /** int32 [B T]. */
  readonly ids: Tensor;
  /** int32 [B T], from 0; undefined where the model has one kind only. */
  readonly segments: Tensor | undefined;
  /** int32 [B T]: 1 is a token, 0 padding, which is at the end. */
  readonly mask: Tensor;
  readonly batch: number;
  readonly length: number;
  /** int32 [T], 0..T-1, where T is left open: BERT's rows of the positions are then looked up. */
  readonly positions?: Tensor;
}

/** Hidden states [B T, C]. Probes: `hidden.0` (embeddings) to `hidden.L`, and each layer's attention weights. */
export function bertHidden(root: Scope, config: BertConfig, inputs: BertInputs): Tensor {
  const scope = root.under(namePrefix(config.layout));
  const { batch, length, mask } = inputs;
  const { heads, width, layers, attentionDropout } = config;
  const shape = { batch, length, heads, kvHeads: heads, headWidth: width / heads };
  const attend = bidirectionalAttention(paddingMask(mask, batch, length), shape, attentionDropout);
  const pre = config.normPlacement === 'pre';
  const { stack } = STACK_NAMES[config.layout];

  let x = scope.probe('hidden.0', embed(scope, config, inputs)); // [B T, C]
  for (let layer = 0; layer < layers; layer++) {
    const before = x;
    x = scope.module(stack, (encoder) =>
      encoder.module(`layer.${layer}`, (block) => encoderLayer(block, config, attend, before, layer)),
    );
    if (!pre || layer < layers - 1) scope.probe(`hidden.${layer + 1}`, x);
  }
  return pre ? scope.probe(`hidden.${layers}`, layerNorm(scope, config, `${stack}.LayerNorm`, x)) : x;
}

function encoderLayer(block: Scope, config: BertConfig, attend: Attend, x: Tensor, layer: number): Tensor {
  const names = STACK_NAMES[config.layout];
  const attention = (y: Tensor): Tensor => selfAttention(block, config, attend, y, layer);
  const feedForward = (y: Tensor): Tensor => mlp(block, config, y);
  const norm1 = (y: Tensor): Tensor => layerNorm(block, config, names.norm1, y);
  const norm2 = (y: Tensor): Tensor => layerNorm(block, config, names.norm2, y);
  if (config.normPlacement === 'pre') {
    const middle = add(x, attention(norm1(x)));
    return add(middle, feedForward(norm2(middle)));
  }
  const middle = norm1(add(x, attention(x)));
  return norm2(add(middle, feedForward(middle)));
}

function selfAttention(block: Scope, config: BertConfig, attend: Attend, x: Tensor, layer: number): Tensor {
  const names = STACK_NAMES[config.layout];
  const attended = block.module(names.attention, (self) => {
    const part = (name: string): Tensor => linear(self, name, x, 'out-in');
    const projections = { query: part(names.query), key: part(names.key), value: part(names.value) };
    return attend(self, projections, layer);
  });
  const out = linear(block, names.attended, attended, 'out-in');
  // DistilBERT drops what its feed-forward layers add, and no more
  return config.layout === 'distilbert' ? out : block.dropout(out, config.residualDropout);
}

function mlp(block: Scope, config: BertConfig, x: Tensor): Tensor {
  const names = STACK_NAMES[config.layout];
  const inner = activate(config, linear(block, names.up, x, 'out-in'));
  return block.dropout(linear(block, names.down, inner, 'out-in'), config.residualDropout);
}

function embed(scope: Scope, config: BertConfig, inputs: BertInputs): Tensor {
  const { batch, length, ids } = inputs;
  return scope.module('embeddings', (inner) => {
    const tokens = lookUp(inner.parameter('word_embeddings.weight'), ids, config.padId); // [B T, C]
    const typed = config.layout === 'distilbert' ? tokens : add(tokens, segmentRows(inner, config, inputs));
    const placed = add(reshape(typed, [batch, length, config.width]), positionRows(inner, config, inputs));
    const normed = layerNorm(inner, config, 'LayerNorm', reshape(placed, tokens.shape));
    return inner.dropout(normed, config.embeddingDropout);
  });
}

/**
 * Each position's row of the table of segments, [B T, C], or the only one, [1, C]. A product with a one in the column
 * of the segment: its gradient is a product too, where a look-up's would add all rows to two.
 */
function segmentRows(scope: Scope, { segments: kinds }: BertConfig, { segments }: BertInputs): Tensor {
  const table = scope.parameter('token_type_embeddings.weight');
  if (segments === undefined) return slice(table, 0, 0, 1);
  const columns = Array.from({ length: kinds }, (_, kind) => kind);
  const kind = constant(scope.graph, 'int32', [1, kinds], columns);
  const own = reshape(segments, [segments.shape[0]!, 1]);
  const atLeast = cast(less(shift(kind, -1), own), 'float32');
  const above = cast(less(kind, own), 'float32');
  return gemm(sub(atLeast, above), table);
}

/** Rows of the positions: [T, C], or [B, T, C] for RoBERTa, where padding has a row of its own. */
function positionRows(scope: Scope, config: BertConfig, inputs: BertInputs): Tensor {
  const { mask, batch, length, positions } = inputs;
  const table = scope.parameter('position_embeddings.weight');
  if (config.layout !== 'roberta')
    return positions === undefined ? slice(table, 0, 0, length) : gather(table, positions);
  const { padId, width } = config;
  const steps = shift(iota(scope.graph, length), firstPosition(config) - padId); // [T]
  const counted = mul(reshape(mask, [batch, length]), steps);
  const rows = lookUp(table, reshape(shift(counted, padId), [batch * length]), padId);
  return reshape(rows, [batch, length, width]);
}

/** tanh of a linear layer over the hidden states of [CLS]: hidden [B T, C] -> [B, C]. */
export function bertPooled(root: Scope, config: BertConfig, hidden: Tensor, batch: number): Tensor {
  const scope = root.under(namePrefix(config.layout));
  return tanh(linear(scope, 'pooler.dense', firstTokens(hidden, batch), 'out-in'));
}

/** Scores over the vocabulary at some positions: hidden [B T, C], flat positions int32 [P] -> [P, V]; without them, at all. */
export function maskedLogits(root: Scope, config: BertConfig, hidden: Tensor, positions?: Tensor): Tensor {
  const names = MLM_NAMES[config.layout];
  const rows =
    positions === undefined ? hidden : root.graph.within('masked positions', () => gather(hidden, positions));
  const inner = activate(config, linear(root, names.dense, rows, 'out-in'));
  const normed = layerNorm(root, config, names.norm, inner);
  const table = root.parameter(`${namePrefix(config.layout)}embeddings.word_embeddings.weight`);
  return root.graph.within('decoder', () =>
    gemm(normed, table, { transposeB: true, bias: root.parameter(names.bias) }),
  );
}

/** Scores of "follows" and "does not follow": pooled [B, C] -> [B, 2]. */
export function nextSentenceLogits(root: Scope, pooled: Tensor): Tensor {
  return linear(root, NSP_NAME, pooled, 'out-in');
}

/** Scores of a text's classes: hidden [B T, C] -> [B, labels]. */
export function classLogits(root: Scope, config: BertConfig, hidden: Tensor, batch: number): Tensor {
  const drop = (x: Tensor): Tensor => root.dropout(x, config.residualDropout);
  if (config.layout === 'bert') {
    return linear(root, 'classifier', drop(bertPooled(root, config, hidden, batch)), 'out-in');
  }
  if (config.layout === 'distilbert') {
    const inner = relu(linear(root, PRE_CLASSIFIER_NAME, firstTokens(hidden, batch), 'out-in'));
    return linear(root, 'classifier', drop(inner), 'out-in');
  }
  const inner = linear(root, 'classifier.dense', drop(firstTokens(hidden, batch)), 'out-in');
  return linear(root, 'classifier.out_proj', drop(tanh(inner)), 'out-in');
}

/** Scores of each token's classes: hidden [B T, C] -> [B T, labels]. */
export function tagLogits(root: Scope, config: BertConfig, hidden: Tensor): Tensor {
  return linear(root, 'classifier', root.dropout(hidden, config.residualDropout), 'out-in');
}

/** Scores of each token as start and as end of an answer: hidden [B T, C] -> two of [B, T]. */
export function spanLogits(root: Scope, hidden: Tensor, batch: number): { start: Tensor; end: Tensor } {
  const both = linear(root, SPAN_NAME, hidden, 'out-in'); // [B T, 2]
  const length = hidden.shape[0]! / batch;
  const column = (at: number): Tensor => reshape(slice(both, 1, at, at + 1), [batch, length]);
  return { start: column(0), end: column(1) };
}

/** The first row of each sequence: [B T, C] -> [B, C]. */
function firstTokens(hidden: Tensor, batch: number): Tensor {
  const [rows, width] = hidden.shape as [number, number];
  return reshape(slice(reshape(hidden, [batch, rows / batch, width]), 1, 0, 1), [batch, width]);
}

function activate({ activation }: BertConfig, x: Tensor): Tensor {
  return activation === 'gelu' ? gelu(x) : geluTanh(x);
}

function layerNorm(scope: Scope, { normEpsilon }: BertConfig, name: string, x: Tensor): Tensor {
  return norm(scope, name, x, { kind: 'layernorm', epsilon: normEpsilon });
}
