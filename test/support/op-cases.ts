/** One small use of each op: what the op tests run through the reference, ONNX Runtime and PyTorch. */
import { Random } from '../../worker/base/random.ts';
import * as ops from '../../worker/graph/ops/index.ts';
import { afterOp } from '../../worker/graph/recompute.ts';
import { type Dense, type DType, Graph, type Shape, sizeOf, type Tensor } from '../../worker/graph/tensor.ts';

export interface OpCase {
  readonly name: string;
  readonly inputs: readonly CaseInput[];
  readonly build: (...inputs: Tensor[]) => Tensor;
  /** The same in Python, over a, b, c, ... (torch tensors); absent where the op has no gradient to compare. */
  readonly torch?: string;
}

interface CaseInput {
  readonly shape: Shape;
  readonly dtype: DType;
  /** Values in [low, high). */
  readonly low: number;
  readonly high: number;
}

const float = (...shape: number[]): CaseInput => ({ shape, dtype: 'float32', low: -2, high: 2 });
const positive = (...shape: number[]): CaseInput => ({ shape, dtype: 'float32', low: 0.5, high: 3 });
const ids = (high: number, ...shape: number[]): CaseInput => ({ shape, dtype: 'int32', low: 0, high });

const scaledBy = (x: Tensor, y: Tensor): Tensor => ops.mul(x, y);

const cache = [float(1, 2, 8, 8), float(1, 2, 8, 8)];

type Projections = Parameters<typeof ops.cachedAttention>[0]['projections'];

/** Two new positions of four heads over two after three that are in a cache of eight. */
function attendCached(projections: Projections, pastKey: Tensor, pastValue: Tensor): Tensor {
  const [last, total] = [[1], []].map((shape, i) => ops.constant(pastKey.graph, 'int32', shape, [4 + i]));
  const past = { pastKey, pastValue, last: last!, total: total! };
  return ops.cachedAttention({ projections, ...past }, { heads: 4, kvHeads: 2 }).attended;
}

/** `factor` times a weight [3, 64] of codes and scales that depend on their places only. */
function quantisedWeight(graph: Graph, bits: ops.Bits, factor = 1): ops.QuantisedWeight {
  const { codes, scales } = ops.quantisedShapes([3, 64], bits);
  const bytes = Array.from({ length: sizeOf(codes) }, (_, i) => (i * 37) % 256);
  const factors = Array.from({ length: sizeOf(scales) }, (_, i) => (factor * (i + 1)) / 64);
  return {
    codes: ops.constant(graph, 'uint8', codes, bytes),
    scales: ops.constant(graph, 'float32', scales, factors),
    bits,
  };
}

/** The same weight in Python. */
const QUANTISED: Readonly<Record<ops.Bits, string>> = {
  4: '(torch.stack([(torch.arange(96) * 37 % 256) % 16, (torch.arange(96) * 37 % 256) // 16], -1).reshape(6, 32) - 8)',
  8: '((torch.arange(192) * 37 % 256).reshape(6, 32) - 128)',
};
const quantisedIn = (bits: ops.Bits): string =>
  `(${QUANTISED[bits]} * (torch.arange(6).reshape(6, 1) + 1) / 64).reshape(3, 64).to(a.dtype)`;

export const OP_CASES: readonly OpCase[] = [
  { name: 'add', inputs: [float(2, 3), float(3)], build: ops.add, torch: 'a + b' },
  { name: 'add, both broadcast', inputs: [float(2, 1, 3), float(4, 1)], build: ops.add, torch: 'a + b' },
  { name: 'sub', inputs: [float(2, 3), float(2, 1)], build: ops.sub, torch: 'a - b' },
  { name: 'mul', inputs: [float(4, 3), float(1, 3)], build: ops.mul, torch: 'a * b' },
  { name: 'mul by itself', inputs: [float(4)], build: (a) => ops.mul(a, a), torch: 'a * a' },
  { name: 'div', inputs: [float(2, 3), positive(3)], build: ops.div, torch: 'a / b' },
  { name: 'neg', inputs: [float(5)], build: ops.neg, torch: '-a' },
  { name: 'exp', inputs: [float(5)], build: ops.exp, torch: 'a.exp()' },
  { name: 'log', inputs: [positive(5)], build: ops.log, torch: 'a.log()' },
  { name: 'sqrt', inputs: [positive(5)], build: ops.sqrt, torch: 'a.sqrt()' },
  { name: 'tanh', inputs: [float(5)], build: ops.tanh, torch: 'a.tanh()' },
  { name: 'sigmoid', inputs: [float(5)], build: ops.sigmoid, torch: 'a.sigmoid()' },
  {
    name: 'scale and shift',
    inputs: [float(5)],
    build: (a) => ops.shift(ops.scale(a, 3), -1),
    torch: 'a * 3 - 1',
  },
  {
    name: 'maximum',
    inputs: [ids(9, 6), ids(9, 6)],
    build: (a, b) => ops.cast(ops.maximum(a, b), 'float32'),
  },
  {
    name: 'minimum',
    inputs: [ids(9, 6), ids(9, 6)],
    build: (a, b) => ops.cast(ops.minimum(a, b), 'float32'),
  },
  { name: 'less', inputs: [float(6), float(6)], build: (a, b) => ops.cast(ops.less(a, b), 'float32') },
  {
    name: 'cast',
    inputs: [ids(9, 6), float(6)],
    build: (a, b) => ops.mul(ops.cast(a, 'float32'), b),
    torch: 'a * b',
  },
  { name: 'gelu', inputs: [float(7)], build: ops.gelu, torch: 'F.gelu(a)' },
  {
    name: 'geluTanh',
    inputs: [float(7)],
    build: ops.geluTanh,
    torch: '0.5 * a * (1 + torch.tanh(math.sqrt(2 / math.pi) * (a + 0.044715 * a ** 3)))',
  },
  { name: 'relu', inputs: [float(7)], build: ops.relu, torch: 'F.relu(a)' },
  { name: 'silu', inputs: [float(7)], build: ops.silu, torch: 'F.silu(a)' },
  {
    name: 'iota',
    inputs: [ids(9, 6)],
    build: (a) => ops.cast(ops.add(a, ops.iota(a.graph, 6)), 'float32'),
  },
  {
    name: 'reshape',
    inputs: [float(2, 6), float(3, 4)],
    build: (a, b) => ops.mul(ops.reshape(a, [3, 4]), b),
    torch: 'a.reshape(3, 4) * b',
  },
  {
    name: 'transpose',
    inputs: [float(2, 3, 4), float(4, 2, 3)],
    build: (a, b) => scaledBy(ops.transpose(a, [2, 0, 1]), b),
    torch: 'a.permute(2, 0, 1) * b',
  },
  {
    name: 'expand',
    inputs: [float(3, 1), float(2, 3, 4)],
    build: (a, b) => scaledBy(ops.expand(a, [2, 3, 4]), b),
    torch: 'a.expand(2, 3, 4) * b',
  },
  {
    name: 'slice',
    inputs: [float(2, 5), float(2, 2)],
    build: (a, b) => scaledBy(ops.slice(a, 1, 1, 3), b),
    torch: 'a[:, 1:3] * b',
  },
  {
    name: 'split, one part unused',
    inputs: [float(2, 5)],
    build: (a) => {
      const [first, , third] = ops.split(a, 1, [1, 2, 2]) as [Tensor, Tensor, Tensor];
      return ops.mul(first, third);
    },
    torch: 'a[:, :1] * a[:, 3:]',
  },
  {
    name: 'concat',
    inputs: [float(2, 2), float(2, 3), float(2, 5)],
    build: (a, b, c) => scaledBy(ops.concat([a, b], 1), c),
    torch: 'torch.cat([a, b], 1) * c',
  },
  {
    name: 'reduceSum',
    inputs: [float(2, 3, 4), float(1, 3, 1)],
    build: (a, b) => scaledBy(ops.reduceSum(a, [0, 2]), b),
    torch: 'a.sum((0, 2), keepdim=True) * b',
  },
  { name: 'sumSquares', inputs: [float(3, 4)], build: ops.sumSquares },
  { name: 'argMax', inputs: [float(5, 7)], build: (a) => ops.cast(ops.argMax(a), 'float32') },
  {
    name: 'argMax, the first of equals',
    inputs: [ids(3, 6, 5)],
    build: (a) => ops.cast(ops.argMax(ops.cast(a, 'float32')), 'float32'),
  },
  ...[false, true].flatMap((transposeA) =>
    [false, true].map((transposeB) => ({
      name: `gemm ${transposeA ? 'A^T' : 'A'} ${transposeB ? 'B^T' : 'B'} + c`,
      inputs: [transposeA ? float(4, 3) : float(3, 4), transposeB ? float(5, 4) : float(4, 5), float(5)],
      build: (a: Tensor, b: Tensor, c: Tensor) =>
        ops.gemm(a, b, { transposeA, transposeB, alpha: 0.5, bias: c }),
      torch: `0.5 * (a${transposeA ? '.T' : ''} @ b${transposeB ? '.T' : ''}) + c`,
    })),
  ),
  ...[false, true].flatMap((transposeA) =>
    [false, true].map((transposeB) => ({
      name: `matmul ${transposeA ? 'A^T' : 'A'} ${transposeB ? 'B^T' : 'B'}`,
      inputs: [
        transposeA ? float(2, 2, 4, 3) : float(2, 2, 3, 4),
        transposeB ? float(2, 2, 5, 4) : float(2, 2, 4, 5),
      ],
      build: (a: Tensor, b: Tensor) => ops.matmul(a, b, { transposeA, transposeB, alpha: 0.5 }),
      torch: `0.5 * (a${transposeA ? '.mT' : ''} @ b${transposeB ? '.mT' : ''})`,
    })),
  ),
  ...[false, true].map((transposeB) => ({
    name: `groupedGemm ${transposeB ? 'B^T' : 'B'}, a group without rows`,
    inputs: [
      float(5, 4),
      ids(3, 5),
      ...Array.from({ length: 4 }, () => (transposeB ? float(6, 4) : float(4, 6))),
    ],
    build: (a: Tensor, b: Tensor, ...weights: Tensor[]) =>
      ops.groupedGemm(a, ops.groupRows(b, 4).counts, weights, { transposeB, alpha: 0.5 }),
    torch: `0.5 * torch.cat([x @ w${transposeB ? '.T' : ''} for x, w in zip(a.split(torch.bincount(b.long(), minlength=4).tolist()), (c, d, e, f))])`,
  })),
  {
    name: 'topK',
    inputs: [float(4, 6), float(4, 2)],
    build: (a, b) => scaledBy(ops.topK(a, 2).values, b),
    torch: 'a.topk(2, -1).values * b',
  },
  {
    name: 'topK, columns of the first of equals',
    inputs: [ids(3, 6, 5)],
    build: (a) => ops.cast(ops.topK(ops.cast(a, 'float32'), 3).ids, 'float32'),
  },
  {
    name: 'groupRows, a group without rows',
    inputs: [ids(3, 7)],
    build: (a) => {
      const { order, place, counts } = ops.groupRows(a, 4);
      return ops.cast(ops.concat([order, place, counts], 0), 'float32');
    },
  },
  {
    name: 'permuteRows',
    inputs: [float(6, 3), ids(3, 6), float(6, 3)],
    build: (a, b, c) => {
      const { order, place } = ops.groupRows(b, 3);
      return scaledBy(ops.permuteRows(a, order, place), c);
    },
    torch: 'a[torch.sort(b, stable=True).indices] * c',
  },
  {
    name: 'matmul, plain',
    inputs: [float(2, 3, 4), float(2, 4, 5)],
    build: (a, b) => ops.matmul(a, b),
    torch: 'a @ b',
  },
  {
    name: 'softmax',
    inputs: [float(3, 4), float(3, 4)],
    build: (a, b) => scaledBy(ops.softmax(a), b),
    torch: 'F.softmax(a, -1) * b',
  },
  {
    name: 'crossEntropy',
    inputs: [float(4, 6), ids(6, 4), positive(4)],
    build: (a, b, c) => ops.mul(ops.crossEntropy(a, b), c),
    torch: "F.cross_entropy(a, b.long(), reduction='none') * c",
  },
  {
    name: 'layerNorm',
    inputs: [float(3, 8), positive(8), float(8)],
    build: (a, b, c) => ops.layerNorm(a, b, c, 1e-3),
    torch: 'F.layer_norm(a, (8,), b, c, 1e-3)',
  },
  {
    name: 'layerNorm without bias',
    inputs: [float(3, 8), positive(8)],
    build: (a, b) => ops.layerNorm(a, b, undefined, 1e-3),
    torch: 'F.layer_norm(a, (8,), b, None, 1e-3)',
  },
  {
    name: 'rmsNorm',
    inputs: [float(3, 8), positive(8)],
    build: (a, b) => ops.rmsNorm(a, b, 1e-3),
    torch: 'a * (a.pow(2).mean(-1, keepdim=True) + 1e-3).rsqrt() * b',
  },
  {
    name: 'gather, with repeats',
    inputs: [float(5, 3), ids(5, 7), float(7, 3)],
    build: (a, b, c) => scaledBy(ops.gather(a, b), c),
    torch: 'a[b.long()] * c',
  },
  {
    name: 'lookUp, no padding among the ids',
    inputs: [float(6, 3), ids(5, 7), float(7, 3)],
    build: (a, b, c) => scaledBy(ops.lookUp(a, b, 5), c),
    torch: 'F.embedding(b.long(), a, padding_idx=5) * c',
  },
  {
    name: 'scatterAddRows, with repeats',
    inputs: [float(5, 3), ids(5, 7), float(7, 3), float(5, 3)],
    build: (a, b, c, d) => scaledBy(ops.scatterAddRows(a, b, c), d),
    torch: 'a.index_add(0, b.long(), c) * d',
  },
  {
    name: 'tied table: looked up and multiplied with',
    inputs: [float(5, 3), ids(5, 7), float(7, 5)],
    build: (a, b, c) => scaledBy(ops.gemm(ops.gather(a, b), a, { transposeB: true }), c),
    torch: '(a[b.long()] @ a.T) * c',
  },
  {
    name: 'zeros',
    inputs: [float(2, 3)],
    build: (a) => ops.add(a, ops.zeros(a.graph, [2, 3])),
    torch: 'a + 0',
  },
  {
    name: 'constant',
    inputs: [float(3)],
    build: (a) => ops.mul(a, ops.constant(a.graph, 'float32', [3], [1, -2, 3])),
    torch: 'a * torch.tensor([1., -2., 3.], dtype=a.dtype)',
  },
  { name: 'dropout', inputs: [float(6, 8), ids(1000, 2)], build: (a, b) => ops.dropout(a, b, 0.3, 3) },
  {
    name: 'cachedAttention',
    inputs: [float(1, 2, 32), float(1, 2, 16), float(1, 2, 16), ...cache],
    build: (...x) => attendCached([x[0]!, x[1]!, x[2]!], x[3]!, x[4]!),
  },
  {
    name: 'cachedAttention, one projection',
    inputs: [float(1, 2, 64), ...cache],
    build: (...x) => attendCached([x[0]!], x[1]!, x[2]!),
  },
  { name: 'after', inputs: [float(2, 3), float(4)], build: (a, b) => a.graph.apply(afterOp, [a, b], {})[0]! },
  {
    name: 'quantisedGemm, 4 bits',
    inputs: [float(5, 64)],
    build: (a) => ops.quantisedGemm(a, quantisedWeight(a.graph, 4)),
    torch: `a @ ${quantisedIn(4)}.T`,
  },
  {
    name: 'quantisedGemm, 8 bits, with a frozen bias',
    inputs: [float(5, 64)],
    build: (a) => {
      const bias = ops.constant(a.graph, 'float32', [3], [1, -2, 3]);
      return ops.quantisedGemm(a, quantisedWeight(a.graph, 8), { bias });
    },
    torch: `a @ ${quantisedIn(8)}.T + torch.tensor([1, -2, 3], dtype=a.dtype)`,
  },
  ...([4, 8] as const).map((bits) => ({
    name: `quantisedGroupedGemm, ${bits} bits, a group without rows`,
    inputs: [float(5, 64), ids(3, 5)],
    build: (a: Tensor, b: Tensor) => {
      const weights = [1, 2, 3, 4].map((factor) => quantisedWeight(a.graph, bits, factor));
      return ops.quantisedGroupedGemm(a, ops.groupRows(b, 4).counts, weights);
    },
    torch: `torch.cat([x @ (f * ${quantisedIn(bits)}).T for x, f in zip(a.split(torch.bincount(b.long(), minlength=4).tolist()), (1, 2, 3, 4))])`,
  })),
  {
    name: 'quantisedGather',
    inputs: [ids(3, 4)],
    build: (a) => ops.quantisedGather(quantisedWeight(a.graph, 4), a),
  },
];

/** The inputs of a case as feeds `x0`, `x1`, ... of a new graph. */
export function buildCase(testCase: OpCase): { graph: Graph; inputs: Tensor[]; output: Tensor } {
  const graph = new Graph();
  const inputs = testCase.inputs.map(({ shape, dtype }, i) => graph.feed(`x${i}`, dtype, shape));
  return { graph, inputs, output: testCase.build(...inputs) };
}

/** Deterministic values for each input of a case. */
export function valuesOf(testCase: OpCase): Dense[] {
  const random = new Random(1, testCase.name);
  return testCase.inputs.map(({ shape, dtype, low, high }) => {
    const draw = (): number => low + random.uniform() * (high - low);
    const data = Float64Array.from({ length: sizeOf(shape) }, () =>
      dtype === 'int32' ? Math.floor(draw()) : Math.fround(draw()),
    );
    return { dtype, shape, data };
  });
}

/** Weights that turn an output into a scalar whose gradient tells its elements apart. */
export function weightsOf(size: number): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => Math.fround(Math.cos(1 + i)));
}

/** Dense values as the typed arrays that a program is fed. */
export function feedsOf(values: readonly Dense[]): Record<string, Float32Array | Int32Array> {
  return Object.fromEntries(
    values.map(({ dtype, data }, i) => [
      `x${i}`,
      dtype === 'int32' ? Int32Array.from(data) : Float32Array.from(data),
    ]),
  );
}

export function namedValues(values: readonly Dense[]): Map<string, Dense> {
  return new Map(values.map((value, i) => [`x${i}`, value]));
}

/** |got - expected| relative to the largest expected element. */
export function relativeError(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  let worst = 0;
  let scale = 1e-3;
  for (let i = 0; i < expected.length; i++) {
    worst = Math.max(worst, Number.isNaN(got[i]!) ? Infinity : Math.abs(got[i]! - expected[i]!));
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return worst / scale;
}
