import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { HalfType } from '../base/half.ts';
import { Random } from '../base/random.ts';
import type { Device } from '../runtime/device.ts';
import { openDevice } from '../runtime/open-device.ts';
import { autocast } from './autocast.ts';
import { gradients } from './autodiff.ts';
import { emulated } from './emulate.ts';
import { evaluate } from './evaluate.ts';
import { liveNodes } from './live.ts';
import { add, constant, crossEntropy, dropout, geluTanh, gemm, layerNorm, matmul } from './ops/index.ts';
import { reshape, scale, softmax, sumAll } from './ops/index.ts';
import { type Dense, Graph, isHalf, type Node, type Shape, sizeOf, type Tensor } from './tensor.ts';

const [N, C, V] = [6, 8, 5];
const PARAMETERS: Readonly<Record<string, Shape>> = {
  weight: [C, C],
  bias: [C],
  gain: [C],
  offset: [C],
  head: [V, C],
};

interface Step {
  readonly graph: Graph;
  readonly loss: Tensor;
  readonly parameters: readonly Tensor[];
}

/** A norm, a layer with an activation, dropout, attention of rows to rows, a residual, a head and a loss. */
function smallModel(): Step {
  const graph = new Graph();
  const parameters = Object.entries(PARAMETERS).map(([name, shape]) => graph.state(name, 'float32', shape));
  const [weight, bias, gain, offset, head] = parameters as [Tensor, Tensor, Tensor, Tensor, Tensor];
  const x = graph.feed('x', 'float32', [N, C]);
  const key = constant(graph, 'int32', [2], [1, 2]);
  const inner = geluTanh(gemm(layerNorm(x, gain, offset, 1e-5), weight, { bias })); // [N, C]
  const rows = reshape(dropout(scale(inner, 2), key, 0.1, 1), [1, N, C]);
  const attended = matmul(softmax(matmul(rows, rows, { transposeB: true, alpha: 0.3 })), rows);
  const hidden = add(x, reshape(attended, [N, C]));
  const targets = constant(graph, 'int32', [N], [0, 1, 2, 3, 4, 0]);
  const losses = crossEntropy(gemm(hidden, head, { transposeB: true }), targets);
  return { graph, loss: sumAll(losses), parameters };
}

function values(): Map<string, Dense> {
  return new Map(
    Object.entries({ ...PARAMETERS, x: [N, C] }).map(([name, shape]) => {
      const random = new Random(3, name);
      const data = Float64Array.from({ length: sizeOf(shape) }, () => Math.fround(random.normal()));
      return [name, { dtype: 'float32', shape, data }];
    }),
  );
}

/** The loss and the parameters' gradients. */
function stepIn(half: HalfType | undefined): Tensor[] {
  const { loss, parameters } = smallModel();
  const typed = half === undefined ? loss : autocast(loss, half);
  return [typed, ...gradients(typed, parameters)];
}

const HALVES: readonly HalfType[] = ['bfloat16', 'float16'];
/** Distance of two neighbouring values of a type, as a share of them. */
const SPACING = { bfloat16: 2 ** -7, float16: 2 ** -10 };

describe('autocast', () => {
  const isIn = (names: readonly string[]) => (node: Node) => names.includes(node.op.name);

  it('casts what products take to 16 bits, and what norms, softmax and losses take to float32', () => {
    const loss = autocast(smallModel().loss, 'bfloat16');
    const nodes = liveNodes(loss.graph, [loss]);
    const products = nodes.filter(isIn(['gemm', 'matmul']));
    assert.equal(products.length, 4);
    for (const { op, inputs, outputs } of products) {
      for (const t of [...inputs, ...outputs]) assert.equal(t.dtype, 'bfloat16', op.name);
    }
    const exact = nodes.filter(isIn(['layerNorm', 'softmax', 'crossEntropy', 'reduceSum']));
    assert.equal(exact.length, 4);
    for (const { op, inputs, outputs } of exact) {
      for (const t of [...inputs, ...outputs])
        if (t.dtype !== 'int32') assert.equal(t.dtype, 'float32', op.name);
    }
    assert.equal(loss.dtype, 'float32');
  });

  it('keeps activations and dropout in the type that comes in, and sums of both types in float32', () => {
    const loss = autocast(smallModel().loss, 'float16');
    const nodes = liveNodes(loss.graph, [loss]);
    for (const { outputs } of nodes.filter(isIn(['geluTanh', 'mul'])))
      assert.equal(outputs[0]!.dtype, 'float16');
    const [residual] = nodes.filter(isIn(['add']));
    assert.deepEqual(
      residual?.inputs.map((t) => t.dtype),
      ['float32', 'float32'],
    );
  });

  it('casts each parameter once, and gives float32 gradients made by products in 16 bits', () => {
    const { loss, parameters } = smallModel();
    const typed = autocast(loss, 'float16');
    const found = gradients(typed, parameters);
    for (const gradient of found) assert.equal(gradient.dtype, 'float32');
    const nodes = liveNodes(typed.graph, [typed, ...found]);
    for (const [i, name] of Object.keys(PARAMETERS).entries()) {
      const casts = nodes.filter(({ op, inputs }) => op.name === 'cast' && inputs[0] === parameters[i]);
      assert.equal(casts.length, name === 'gain' || name === 'offset' ? 0 : 1, name);
    }
    const backward = nodes.filter(({ op, scope }) => op.name === 'matmul' && scope.startsWith('grad'));
    assert.equal(backward.length, 4);
    for (const { outputs } of backward) assert.equal(outputs[0]!.dtype, 'float16');
  });

  it('leaves a loss without products as it is', () => {
    const graph = new Graph();
    const loss = sumAll(softmax(graph.feed('x', 'float32', [2, 3])));
    assert.equal(autocast(loss, 'bfloat16'), loss);
  });
});

describe('16 bits on cpu', () => {
  let device: Device;
  before(async () => ({ device } = await openDevice('cpu', { threads: 1 })));
  after(() => device.close());

  async function compute(outputs: readonly Tensor[]): Promise<Float32Array[]> {
    const state = device.createState();
    const given = values();
    for (const [name, { shape, data }] of given) {
      if (name !== 'x') await state.write(name, { dtype: 'float32', shape, data: Float32Array.from(data) });
    }
    const named = Object.fromEntries(outputs.map((t, i) => [`y${i}`, t]));
    const program = await device.compile({ name: 'step', outputs: named }, state);
    const results = await program.run({ x: Float32Array.from(given.get('x')!.data) });
    return outputs.map((_, i) => results[`y${i}`]!.data as Float32Array);
  }

  const worst = (got: ArrayLike<number>, expected: ArrayLike<number>): number => {
    const largest = Math.max(...Array.from(expected, Math.abs));
    return Math.max(...Array.from(got, (v, i) => Math.abs(v - expected[i]!))) / largest;
  };

  for (const half of HALVES) {
    it(`${half}: emulated, every value is what the reference rounds it to`, async () => {
      const outputs = stepIn(half);
      const expected = evaluate(outputs, values());
      const plain = evaluate(stepIn(undefined), values());
      const stand = emulated(outputs);
      for (const node of liveNodes(stand[0]!.graph, stand))
        for (const t of node.outputs) assert.ok(!isHalf(t.dtype), node.op.name);
      for (const [i, got] of (await compute(stand)).entries()) {
        // sums in another order may round to the other side, one spacing away
        assert.ok(
          worst(got, expected[i]!.data) < SPACING[half],
          `output ${i}: ${worst(got, expected[i]!.data)}`,
        );
        if (i > 0) assert.ok(worst(got, plain[i]!.data) > SPACING[half] / 64, `output ${i} was not rounded`);
      }
    });
  }

  it('a float16 graph as a GPU gets it is sound ONNX, and close to the reference', async () => {
    // ONNX Runtime computes it in float32 here, and rounds less often
    const outputs = stepIn('float16');
    const expected = evaluate(outputs, values());
    for (const [i, got] of (await compute(outputs)).entries())
      assert.ok(worst(got, expected[i]!.data) < 4 * SPACING.float16, `output ${i}`);
  });
});
