/**
 * A sparse mixture of experts in the place of a feed-forward layer (Shazeer et al. 2017), routed as Mixtral does (Jiang et al.
 * 2024). No token is dropped, and none is computed by an expert that it was not sent to (docs/adr/0015).
 */
import { ClozeError } from '../base/errors.ts';
import {
  add,
  constant,
  div,
  expand,
  groupedGemm,
  groupRows,
  mul,
  permuteRows,
  quantisedGroupedGemm,
  reduceSum,
  reshape,
  silu,
  softmax,
  topK,
} from '../graph/ops/index.ts';
import type { Tensor } from '../graph/tensor.ts';
import { linear } from './layers.ts';
import { LORA_A, LORA_B } from './lora.ts';
import type { Scope } from './scope.ts';

export interface MixtureShape {
  /** E, experts of a layer. */
  readonly experts: number;
  /** How many of them see a token. */
  readonly perToken: number;
}

/** Names of what a mixture offers for inspection: scores and probabilities [N, E], and the experts' rows, int32 [E]. */
export const ROUTER_PROBES = {
  logits: 'router.logits',
  probabilities: 'router.probabilities',
  rows: 'router.rows',
} as const;

/**
 * Each token through the `perToken` experts with the highest probability, weighted by these, which are made to sum to one:
 * [N, C] -> [N, C]. An expert is w2(silu(w1 x) * w3 x).
 */
export function mixtureOfExperts(scope: Scope, x: Tensor, { experts, perToken }: MixtureShape): Tensor {
  const [rows, width] = x.shape as [number, number];
  const logits = scope.probe(ROUTER_PROBES.logits, linear(scope, 'gate', x, 'out-in')); // [N, E]
  const probabilities = scope.probe(ROUTER_PROBES.probabilities, softmax(logits));
  const { values, ids } = topK(probabilities, perToken); // [N, k]
  const weights = div(values, reduceSum(values, [1]));

  const { order, place, counts } = groupRows(reshape(ids, [rows * perToken]), experts);
  scope.probe(ROUTER_PROBES.rows, counts);
  const copies = reshape(expand(reshape(x, [rows, 1, width]), [rows, perToken, width]), [
    rows * perToken,
    width,
  ]);
  const sent = permuteRows(copies, order, place); // [N k, C], the rows of an expert together
  const each = (name: string, y: Tensor): Tensor => expertLinear(scope, name, y, counts);
  const answers = each('w2', mul(silu(each('w1', sent)), each('w3', sent)));
  const back = reshape(permuteRows(answers, place, order), [rows, perToken, width]);
  return reshape(reduceSum(mul(back, reshape(weights, [rows, perToken, 1])), [1]), [rows, width]);
}

/** The linear layer `experts.E.NAME` of each expert over its own rows, and what an adapter adds. */
function expertLinear(scope: Scope, name: string, x: Tensor, counts: Tensor): Tensor {
  const experts = Array.from({ length: counts.shape[0]! }, (_, e) => scope.under(`experts.${e}.${name}.`));
  return scope.graph.within(name, () => {
    const y = product(experts, x, counts);
    const layer = commonLowRank(experts);
    if (layer === undefined) return y;
    const dropped = scope.dropout(x, layer.dropout);
    const down = groupedGemm(dropped, counts, matricesOf(experts, LORA_A), { transposeB: true }); // [N k, R]
    const up = { transposeB: true, alpha: layer.scale };
    return add(y, groupedGemm(down, counts, matricesOf(experts, LORA_B), up));
  });
}

/** x W^T with the weight of each expert, quantised where they are: all of a layer have the same shape, so all are or none. */
function product(experts: readonly Scope[], x: Tensor, counts: Tensor): Tensor {
  const quantised = experts.flatMap((expert) => expert.quantised('out-in') ?? []);
  const [first] = quantised;
  if (first !== undefined) return quantisedGroupedGemm(x, counts, quantised, { rounded: first.rounded });
  const weights = experts.map((expert) => expert.parameter('weight'));
  return groupedGemm(x, counts, weights, { transposeB: true });
}

/** Throws `model` where experts are adapted in different ways. */
function commonLowRank(experts: readonly Scope[]): Scope['lowRank'] {
  const layers = experts.flatMap(({ lowRank }) => lowRank ?? []);
  const [first] = layers;
  if (layers.every(({ scale }) => scale === first?.scale)) return first;
  throw new ClozeError(
    'model',
    'the low-rank layers of the experts of a layer have several scales, expected one',
  );
}

/** A matrix of each expert's low-rank layer; zeros for an expert that has none. */
function matricesOf(experts: readonly Scope[], name: string): Tensor[] {
  const own = experts.map((expert) => (expert.lowRank === undefined ? undefined : expert.parameter(name)));
  const { graph, shape } = own.find((matrix) => matrix !== undefined)!;
  const none = (): Tensor => constant(graph, 'float32', shape, new Float32Array(shape[0]! * shape[1]!));
  return own.map((matrix) => matrix ?? none());
}
