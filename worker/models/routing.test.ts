import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluate } from '../graph/evaluate.ts';
import { constant } from '../graph/ops/index.ts';
import { Graph } from '../graph/tensor.ts';
import { ROUTER_PROBES } from '../nn/experts.ts';
import { Scope } from '../nn/scope.ts';
import { RoutingSchema } from './routing-schema.ts';
import { balanceLoss, routingSums, RoutingTotals } from './routing.ts';

/** Two layers, three experts, ten tokens of which each sees two experts. */
const TOKENS = [10, 10, 0, 6, 7, 7];
const PROBABILITIES = [5, 4, 1, 3, 3, 4];

describe('the balance of experts', () => {
  function balance(tokens: number[], probabilities: number[]): number {
    const graph = new Graph();
    const sums = (data: number[]) => constant(graph, 'float32', [2, 3], data);
    const routerEntropies = constant(graph, 'float32', [2], [0, 0]);
    const routing = { routedTokens: sums(tokens), routerProbabilities: sums(probabilities), routerEntropies };
    return evaluate([balanceLoss(routing, 10)], new Map())[0]!.data[0]!;
  }

  it('is as in Switch Transformer, over the layers together', () => {
    const share = [16 / 20, 17 / 20, 7 / 20];
    const probability = [8 / 20, 7 / 20, 5 / 20];
    const expected = 3 * share.reduce((sum, f, e) => sum + f * probability[e]!, 0);
    assert.ok(Math.abs(balance(TOKENS, PROBABILITIES) - expected) < 1e-12);
  });

  it('is of one layer at least', () => {
    const layer = { load: [1], probability: [1], entropy: 0 };
    assert.ok(RoutingSchema.safeParse({ balance: 1, layers: [layer] }).success);
    assert.ok(!RoutingSchema.safeParse({ balance: 1, layers: [] }).success);
  });

  it('is least, the number of experts that see a token, where all get as much', () => {
    const even = balance(Array<number>(6).fill(20 / 3), Array<number>(6).fill(10 / 3));
    assert.ok(Math.abs(even - 2) < 1e-12);
  });

  it('has sums that are numbers where a router is certain', () => {
    const graph = new Graph();
    const scope = Scope.root(graph, new Map());
    const layer = scope.under('layers.0.');
    layer.probe(ROUTER_PROBES.probabilities, constant(graph, 'float32', [2, 2], [1, 0, 0.5, 0.5]));
    layer.probe(ROUTER_PROBES.rows, constant(graph, 'int32', [2], [2, 0]));
    const { routedTokens, routerProbabilities, routerEntropies } = routingSums({ graph, scope })!;
    const [tokens, probabilities, entropies] = evaluate(
      [routedTokens, routerProbabilities, routerEntropies],
      new Map(),
    ).map(({ data }) => [...data]);
    assert.deepEqual(
      [tokens, probabilities],
      [
        [2, 0],
        [1.5, 0.5],
      ],
    );
    assert.ok(Math.abs(entropies![0]! - Math.LN2) < 1e-12);
    assert.equal(routingSums({ graph, scope: Scope.root(graph, new Map()) }), undefined);
  });

  it('over several batches is that of all their tokens, with each layer for itself beside it', () => {
    const totals = new RoutingTotals();
    assert.equal(totals.result(), undefined);
    totals.add(TOKENS, PROBABILITIES, [0, 10 * Math.LN2]);
    totals.add(TOKENS, PROBABILITIES, [0, 10 * Math.LN2]);
    const result = totals.result()!;
    assert.ok(Math.abs(result.balance - balance(TOKENS, PROBABILITIES)) < 1e-12);
    assert.deepEqual(result.layers[0], { load: [0.5, 0.5, 0], probability: [0.5, 0.4, 0.1], entropy: 0 });
    assert.deepEqual(result.layers[1]!.load, [0.3, 0.35, 0.35]);
    assert.ok(Math.abs(result.layers[1]!.entropy - 1) < 1e-12);
  });
});
