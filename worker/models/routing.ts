/** How a decoder's routers spread tokens over experts: the loss that evens it out, and what an evaluation tells of it. */
import { cast, concat, log, mul, reduceSum, reshape, scale, shift, sumAll } from '../graph/ops/index.ts';
import type { Tensor } from '../graph/tensor.ts';
import { ROUTER_PROBES } from '../nn/experts.ts';
import type { Routing } from './routing-schema.ts';
import type { SequenceModel } from './sequence.ts';

/** Sums over the tokens of a batch. */
export interface RoutingSums {
  /** [L, E]: tokens that went to each expert. */
  readonly routedTokens: Tensor;
  /** [L, E]: probabilities that the routers gave. */
  readonly routerProbabilities: Tensor;
  /** [L]: entropies of the routers' choices, in nats. */
  readonly routerEntropies: Tensor;
}

/** Added to a probability, which may be 0, before its logarithm; too little to change any other. */
const TINY = 1e-30;

/** Undefined for a model without experts. */
export function routingSums({
  graph,
  scope,
}: Pick<SequenceModel, 'graph' | 'scope'>): RoutingSums | undefined {
  const probe = (kind: string): Tensor[] =>
    [...scope.probes].filter(([name]) => name.endsWith(`.${kind}`)).map(([, tensor]) => tensor);
  const probabilities = probe(ROUTER_PROBES.probabilities);
  if (probabilities.length === 0) return undefined;
  return graph.within('routing', () => ({
    routedTokens: concat(
      probe(ROUTER_PROBES.rows).map((rows) => reshape(cast(rows, 'float32'), [1, rows.shape[0]!])),
      0,
    ),
    routerProbabilities: concat(
      probabilities.map((p) => reduceSum(p, [0])),
      0,
    ),
    routerEntropies: concat(
      probabilities.map((p) => reshape(scale(sumAll(mul(p, log(shift(p, TINY)))), -1), [1])),
      0,
    ),
  }));
}

/**
 * What is least where all experts get as much: E times the sum over the experts of the share of the tokens that each gets and
 * the mean probability that it is given, over the layers together. As Switch Transformer (Fedus et al. 2021, equations 4 to 6)
 * and Mixtral have it; perfectly even it is the number of experts that see a token.
 */
export function balanceLoss({ routedTokens, routerProbabilities }: RoutingSums, rows: number): Tensor {
  const [layers, experts] = routedTokens.shape as [number, number];
  const perExpert = mul(reduceSum(routedTokens, [0]), reduceSum(routerProbabilities, [0]));
  return scale(sumAll(perExpert), experts / (layers * rows) ** 2);
}

/** Adds up {@link RoutingSums}, already computed, over the batches of an evaluation. */
export class RoutingTotals {
  readonly #tokens: number[][] = [];
  readonly #probabilities: number[][] = [];
  readonly #entropies: number[] = [];

  /** Values [L, E], [L, E] and [L]. */
  add(tokens: ArrayLike<number>, probabilities: ArrayLike<number>, entropies: ArrayLike<number>): void {
    const layers = entropies.length;
    const experts = tokens.length / layers;
    for (let layer = 0; layer < layers; layer++) {
      const row = (of: ArrayLike<number>): number[] =>
        Array.from({ length: experts }, (_, e) => of[layer * experts + e]!);
      this.#tokens[layer] = sum(this.#tokens[layer], row(tokens));
      this.#probabilities[layer] = sum(this.#probabilities[layer], row(probabilities));
      this.#entropies[layer] = (this.#entropies[layer] ?? 0) + entropies[layer]!;
    }
  }

  /** Undefined where nothing was added, as of a model without experts. */
  result(): Routing | undefined {
    if (this.#tokens.length === 0) return undefined;
    const layers = this.#tokens.map((tokens, layer) => {
      const probabilities = this.#probabilities[layer]!;
      const [places, rows] = [total(tokens), total(probabilities)]; // a token's probabilities sum to one
      return {
        load: tokens.map((count) => count / places),
        probability: probabilities.map((p) => p / rows),
        entropy: this.#entropies[layer]! / rows / Math.LN2,
      };
    });
    return { balance: this.#balance(), layers };
  }

  #balance(): number {
    const tokens = this.#tokens.reduce(sum);
    const probabilities = this.#probabilities.reduce(sum);
    const rows = total(probabilities);
    const perExpert = tokens.map((count, e) => count * probabilities[e]!);
    return (tokens.length * total(perExpert)) / rows ** 2;
  }
}

function sum(a: readonly number[] | undefined, b: readonly number[]): number[] {
  return b.map((value, i) => value + (a?.[i] ?? 0));
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
