import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Random } from '../base/random.ts';
import { Graph } from '../graph/tensor.ts';
import type { Device } from '../runtime/device.ts';
import { openDevice } from '../runtime/open-device.ts';
import { mixtureOfExperts, ROUTER_PROBES } from './experts.ts';
import { LORA_A, LORA_B } from './lora.ts';
import { Scope } from './scope.ts';

const [N, C, F, E] = [5, 3, 4, 4];

/** One expert by plain loops: w2(silu(w1 x) * w3 x). */
function expert(x: ArrayLike<number>, w1: Float32Array, w2: Float32Array, w3: Float32Array): number[] {
  const product = (w: Float32Array, y: ArrayLike<number>, rows: number): number[] =>
    Array.from({ length: rows }, (_, r) =>
      Array.from(y).reduce((sum, value, c) => sum + value * w[r * y.length + c]!, 0),
    );
  const up = product(w3, x, F);
  const inner = product(w1, x, F).map((value, i) => (value / (1 + Math.exp(-value))) * up[i]!);
  return product(w2, inner, C);
}

describe('a mixture of experts', () => {
  let device: Device;
  before(async () => ({ device } = await openDevice('cpu', { threads: 1 })));
  after(() => device.close());

  const shapes = new Map<string, number[]>([['gate.weight', [E, C]]]);
  for (let e = 0; e < E; e++) {
    shapes.set(`experts.${e}.w1.weight`, [F, C]);
    shapes.set(`experts.${e}.w2.weight`, [C, F]);
    shapes.set(`experts.${e}.w3.weight`, [F, C]);
  }
  const values = new Map(
    [...shapes].map(([name, shape]): [string, Float32Array] => {
      const random = new Random(1, name);
      return [name, Float32Array.from({ length: shape[0]! * shape[1]! }, () => random.normal())];
    }),
  );
  // the last expert is never among the first two: it has no rows at all
  values.get('gate.weight')!.set([0, 0, 0], 3 * C);
  values.get('gate.weight')!.set([5, 0, 0, 4, 0, 0, 1, 0, 0]);
  const x = Float32Array.from({ length: N * C }, (_, i) => 1 + Math.sin(i));

  async function run(
    perToken: number,
    more: ReadonlyMap<string, { shape: number[]; data: Float32Array }> = new Map(),
    scales: ReadonlyMap<string, number> = new Map(),
  ): Promise<{ y: Float32Array; rows: Int32Array }> {
    const graph = new Graph();
    const all = new Map([
      ...shapes,
      ...[...more].map(([name, { shape }]): [string, number[]] => [name, shape]),
    ]);
    const scope = Scope.root(graph, all, { lowRank: { scales, dropout: 0 } });
    const output = mixtureOfExperts(scope, graph.feed('x', 'float32', [N, C]), { experts: E, perToken });
    const state = device.createState();
    for (const [name, shape] of all) {
      if (!graph.states.has(name)) continue;
      await state.write(name, { dtype: 'float32', shape, data: values.get(name) ?? more.get(name)!.data });
    }
    const outputs = { y: output, rows: scope.probes.get(ROUTER_PROBES.rows)! };
    const results = await (await device.compile({ name: 'mixture', outputs }, state)).run({ x });
    return { y: results.y!.data as Float32Array, rows: results.rows!.data as Int32Array };
  }

  /** What the first `perToken` experts of each token make of it. */
  function expected(perToken: number): number[] {
    return Array.from({ length: N }, (_, n) => {
      const row = x.subarray(n * C, (n + 1) * C);
      const scores = Array.from({ length: E }, (_, e) =>
        Math.exp(row.reduce((sum, value, c) => sum + value * values.get('gate.weight')![e * C + c]!, 0)),
      );
      const chosen = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!).slice(0, perToken);
      const total = chosen.reduce((sum, e) => sum + scores[e]!, 0);
      const matrix = (e: number, name: string): Float32Array => values.get(`experts.${e}.${name}.weight`)!;
      const answers = chosen.map((e) =>
        expert(row, matrix(e, 'w1'), matrix(e, 'w2'), matrix(e, 'w3')).map((v) => (v * scores[e]!) / total),
      );
      return Array.from({ length: C }, (_, c) => answers.reduce((sum, answer) => sum + answer[c]!, 0));
    }).flat();
  }

  for (const perToken of [1, 2, E]) {
    it(`of which ${perToken} see a token is the sum of what they say, weighted by the router`, async () => {
      const { y, rows } = await run(perToken);
      for (const [i, value] of expected(perToken).entries())
        assert.ok(Math.abs(y[i]! - value) < 1e-5, `${i}: ${y[i]!}, expected ${value}`);
      assert.equal(
        rows.reduce((sum, count) => sum + count, 0),
        N * perToken,
      );
      if (perToken === 2) assert.deepEqual([...rows], [5, 5, 0, 0]);
    });
  }

  it('is adapted expert by expert; one without an adapter stays as it is', async () => {
    const name = 'experts.1.w1';
    const a = { shape: [1, C], data: Float32Array.of(1, 2, 3) };
    const b = { shape: [F, 1], data: Float32Array.of(1, -1, 2, 0.5) };
    const more = new Map([
      [`${name}.${LORA_A}`, a],
      [`${name}.${LORA_B}`, b],
    ]);
    const { y } = await run(2, more, new Map([[name, 0.5]]));
    const before = values.get(`${name}.weight`)!;
    values.set(
      `${name}.weight`,
      before.map((value, i) => value + 0.5 * b.data[Math.floor(i / C)]! * a.data[i % C]!),
    );
    const merged = expected(2);
    values.set(`${name}.weight`, before);
    for (const [i, value] of merged.entries()) assert.ok(Math.abs(y[i]! - value) < 1e-5, `${i}`);
    assert.ok(expected(2).some((value, i) => Math.abs(value - merged[i]!) > 0.1));
  });
});
