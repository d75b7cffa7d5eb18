/**
 * Products with frozen weights of 4 or 8 bits, a scale for each block of 32 along the rows: ONNX Runtime's MatMulNBits
 * (https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#commicrosoftmatmulnbits). A weight is
 * scale (code - 2^(bits - 1)); codes are packed low bits first.
 */
import {
  type Dense,
  type Emitter,
  graphError,
  type Op,
  type Shape,
  type Tensor,
  type ValueType,
} from '../tensor.ts';
import { zeroAfter } from '../recompute.ts';
import { multiply } from './matmul.ts';
import { dense } from './reference.ts';

export type Bits = 4 | 8;

/** Weights that share a scale. */
export const BLOCK = 32;

/** Codes uint8 [N, K / 32, 4 bits] and scales float32 [N, K / 32] of a weight [N, K]. */
export interface QuantisedWeight {
  readonly codes: Tensor;
  readonly scales: Tensor;
  readonly bits: Bits;
}

/** The shapes of {@link QuantisedWeight}. */
export function quantisedShapes(
  [rows, columns]: readonly [number, number],
  bits: Bits,
): { codes: Shape; scales: Shape } {
  const blocks = columns / BLOCK;
  return { codes: [rows, blocks, 4 * bits], scales: [rows, blocks] };
}

interface ProductParams {
  readonly bits: Bits;
  /** x W^T, or as its gradient has it, x W. */
  readonly transposeB: boolean;
  /**
   * Whether x may be rounded to 8 bits a block, with which `cpu` multiplies integers: what decoding takes, three times as
   * fast for one row. Never in training: a gradient must be that of the very product.
   */
  readonly rounded: boolean;
}

/** [N, K] of the weight, checked. */
function weightShape(name: string, inputs: readonly ValueType[], bits: Bits): [number, number] {
  const [, codes, scales] = inputs;
  const [rows, blocks, bytes] = codes!.shape as [number, number, number];
  const fits =
    codes!.dtype === 'uint8' &&
    codes!.shape.length === 3 &&
    bytes === 4 * bits &&
    scales!.dtype === 'float32' &&
    scales!.shape.join() === [rows, blocks].join();
  if (!fits)
    throw graphError(name, `expected codes uint8 [N, K / 32, ${4 * bits}] and scales [N, K / 32]`, inputs);
  return [rows, blocks * BLOCK];
}

/** Inputs: x [M, K] (of the transposed product [M, N]), codes, scales, and perhaps a bias [N]. */
export const quantisedGemmOp: Op<ProductParams> = {
  name: 'quantisedGemm',
  infer: (inputs, { bits, transposeB }) => {
    const [n, k] = weightShape('quantisedGemm', inputs, bits);
    const [x, , , bias] = inputs;
    const [inner, outer] = transposeB ? [k, n] : [n, k];
    if (x!.dtype !== 'float32' || x!.shape.length !== 2 || x!.shape[1] !== inner)
      throw graphError('quantisedGemm', `x must be float32 [M, ${inner}]`, inputs);
    if (bias !== undefined && bias.shape.join() !== String(outer))
      throw graphError('quantisedGemm', `the bias must be [${outer}]`, inputs);
    return [{ dtype: 'float32', shape: [x!.shape[0]!, outer] }];
  },
  lower: (emit, { inputs, inputTypes, params }) => {
    const [x, codes, scales, bias] = inputs;
    const shape = weightShape('quantisedGemm', inputTypes, params.bits);
    if (params.transposeB) {
      const operands = [x!, codes!, scales!, ...(bias === undefined ? [] : ['', '', bias])];
      return matMulNBits(emit, operands, shape, params);
    }
    return timesWeight(emit, x!, [codes!, scales!], inputTypes, params.bits);
  },
  vjp: {
    uses: 'inputs',
    rule: ({
      cotangents: [g],
      inputs: [, codes, scales],
      inputTypes,
      params: { bits, transposeB },
      wanted,
    }) => {
      if (wanted[1] || wanted[2])
        throw graphError('quantisedGemm', 'quantised weights have no gradient', inputTypes);
      const params = { bits, transposeB: !transposeB, rounded: false };
      const dx = wanted[0] ? g!.graph.apply(quantisedGemmOp, [g!, codes!, scales!], params)[0] : undefined;
      // a bias beside frozen weights is frozen, too
      return [dx, ...inputTypes.slice(1).map(() => undefined)];
    },
  },
  reference: ([x, codes, scales, bias], { bits, transposeB }) => {
    const weight = dequantise(codes!, scales!, bits);
    const [n, k] = weight.shape as [number, number];
    const [m, columns] = [x!.shape[0]!, transposeB ? n : k];
    const data = multiply(x!, weight, m, columns, { transposeA: false, transposeB, alpha: 1 });
    if (bias !== undefined) data.forEach((_, i) => (data[i]! += bias.data[i % columns]!));
    return [{ dtype: 'float32', shape: [m, columns], data }];
  },
};

function matMulNBits(
  emit: Emitter,
  operands: readonly string[],
  [n, k]: readonly [number, number],
  { bits, rounded }: Pick<ProductParams, 'bits' | 'rounded'>,
): string[] {
  const attributes = { K: k, N: n, bits, block_size: BLOCK, accuracy_level: rounded ? 4 : 0 };
  return emit.node('MatMulNBits', operands, { domain: 'com.microsoft', attributes });
}

/**
 * g W: the weight is made of its codes, used once, and forgotten. MatMulNBits makes it, as product with an identity: many
 * times as fast as DequantizeLinear, which has no threads. On `cpu` the blocks are rows to it, which needs an identity of 32 x 32
 * only and gives the transposed weight, its rows in the order (place in the block, block); so do the columns of the
 * product come, and are put back. The codes in another order are a constant to ONNX Runtime where the weight is one.
 */
function timesWeight(
  emit: Emitter,
  g: string,
  [codes, scales]: readonly [string, string],
  [type, codesType]: readonly ValueType[],
  bits: Bits,
): string[] {
  const [n, blocks, bytes] = codesType!.shape as [number, number, number];
  const k = blocks * BLOCK;
  const exact = { bits, rounded: false };
  // only once g is there: a runtime is free to make the weights of all layers at the start, and keep them
  const zero = zeroAfter(emit, g, type!);
  const one = (size: number): string => emit.node('Add', [identity(emit, size), zero])[0]!;
  if (emit.provider !== 'cpu') {
    const transposed = matMulNBits(emit, [one(k), codes, scales], [n, k], exact)[0]!; // [K, N]
    return emit.node('MatMul', [
      g,
      emit.node('Transpose', [transposed], { attributes: { perm: [1, 0] } })[0]!,
    ]);
  }
  const reordered = (name: string, perm: readonly number[], shape: Shape): string =>
    emit.node('Reshape', [
      emit.node('Transpose', [name], { attributes: { perm } })[0]!,
      emit.reshapeTo(shape),
    ])[0]!;
  const byBlock = [
    reordered(codes, [1, 0, 2], [blocks * n, 1, bytes]),
    reordered(scales, [1, 0], [blocks * n, 1]),
  ];
  const made = matMulNBits(emit, [one(BLOCK), ...byBlock], [blocks * n, BLOCK], exact)[0]!; // [32, K / 32 N]
  const transposed = emit.node('Reshape', [made, emit.reshapeTo([k, n])])[0]!;
  const product = emit.node('Gemm', [g, transposed], { attributes: { transB: 1 } })[0]!; // [M, 32 K / 32]
  const rows = type!.shape[0]!;
  const apart = emit.node('Reshape', [product, emit.reshapeTo([rows, BLOCK, blocks])])[0]!;
  const ordered = emit.node('Transpose', [apart], { attributes: { perm: [0, 2, 1] } })[0]!;
  return emit.node('Reshape', [ordered, emit.reshapeTo([rows, k])]);
}

function identity(emit: Emitter, size: number): string {
  const data = new Float32Array(size * size);
  for (let i = 0; i < size; i++) data[i * size + i] = 1;
  return emit.constant('float32', [size, size], data);
}

/** x W^T (+ bias): x [M, K], W [N, K] quantised -> [M, N]. `rounded`: see {@link quantisedGemmOp}'s parameters. */
export function quantisedGemm(
  x: Tensor,
  { codes, scales, bits }: QuantisedWeight,
  { bias, rounded = false }: { bias?: Tensor; rounded?: boolean } = {},
): Tensor {
  const inputs = [x, codes, scales, ...(bias === undefined ? [] : [bias])];
  return x.graph.apply(quantisedGemmOp, inputs, { bits, transposeB: true, rounded })[0]!;
}

/** Inputs: ids int32 [M], codes and scales of a table [V, C]. */
export const quantisedGatherOp: Op<{ readonly bits: Bits }> = {
  name: 'quantisedGather',
  infer: (inputs, { bits }) => {
    const [ids] = inputs;
    const [, width] = weightShape('quantisedGather', inputs, bits);
    if (ids!.dtype !== 'int32' || ids!.shape.length !== 1)
      throw graphError('quantisedGather', 'expected int32 ids [M]', inputs);
    return [{ dtype: 'float32', shape: [ids!.shape[0]!, width] }];
  },
  lower: (emit, { inputs: [ids, codes, scales], inputTypes, params: { bits } }) => {
    const [, { shape }] = inputTypes as [ValueType, ValueType];
    const rows = emit.node('Reshape', [codes!, emit.reshapeTo([shape[0]!, shape[1]! * shape[2]!])])[0]!;
    const attributes = { gather_axis: 0, quantize_axis: 1, block_size: BLOCK, bits };
    return emit.node('GatherBlockQuantized', [rows, ids!, scales!], { domain: 'com.microsoft', attributes });
  },
  vjp: 'zero',
  reference: ([ids, codes, scales], { bits }) => {
    const table = dequantise(codes!, scales!, bits);
    const width = table.shape[1]!;
    const data = new Float64Array(ids!.data.length * width);
    ids!.data.forEach((id, r) => data.set(table.data.subarray(id * width, (id + 1) * width), r * width));
    return [{ dtype: 'float32', shape: [ids!.data.length, width], data }];
  },
};

/** Rows of a quantised table: table [V, C], ids int32 [M] -> [M, C]. */
export function quantisedGather({ codes, scales, bits }: QuantisedWeight, ids: Tensor): Tensor {
  return ids.graph.apply(quantisedGatherOp, [ids, codes, scales], { bits })[0]!;
}

/** The weight that codes and scales stand for, [N, K]. */
export function dequantise(codes: Dense, scales: Dense, bits: Bits): Dense {
  const [rows, blocks] = scales.shape as [number, number];
  const out = dense('float32', [rows, blocks * BLOCK]);
  const perByte = 8 / bits;
  const middle = 2 ** (bits - 1);
  out.data.forEach((_, i) => {
    const byte = codes.data[Math.floor(i / perByte)]!;
    const code = Math.floor(byte / 2 ** (bits * (i % perByte))) % 2 ** bits;
    out.data[i] = scales.data[Math.floor(i / BLOCK)]! * (code - middle);
  });
  return out;
}
