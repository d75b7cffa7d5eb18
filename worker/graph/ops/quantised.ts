/**
 * Products with frozen weights of 4 or 8 bits, a scale for each block of 32 along the rows (matmul-n-bits.ts). A weight is
 * scale (code - 2^(bits - 1)); codes are packed low bits first.
 */
import { type Dense, graphError, type Op, type Shape, type Tensor, type ValueType } from '../tensor.ts';
import { zeroAfter } from '../recompute.ts';
import {
  type Bits,
  BLOCK,
  emitInOrder,
  emitMatMulNBits,
  emitTimesTransposed,
  emitTransposed,
} from './matmul-n-bits.ts';
import { multiply } from './matmul.ts';
import { dense } from './reference.ts';

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

export interface ProductParams {
  readonly bits: Bits;
  /** x W^T, or as its gradient has it, x W. */
  readonly transposeB: boolean;
  /**
   * Whether x may be rounded to 8 bits a block, with which `cpu` multiplies integers: what decoding takes, three times as
   * fast for one row. Never in training: a gradient must be that of the very product.
   */
  readonly rounded: boolean;
}

/** [N, K] of a weight, checked. */
export function weightShape(name: string, codes: ValueType, scales: ValueType, bits: Bits): [number, number] {
  const [rows, blocks, bytes] = codes.shape as [number, number, number];
  const fits =
    codes.dtype === 'uint8' &&
    codes.shape.length === 3 &&
    bytes === 4 * bits &&
    scales.dtype === 'float32' &&
    scales.shape.join() === [rows, blocks].join();
  if (!fits)
    throw graphError(name, `expected codes uint8 [N, K / 32, ${4 * bits}] and scales [N, K / 32]`, [
      codes,
      scales,
    ]);
  return [rows, blocks * BLOCK];
}

/** Inputs: x [M, K] (of the transposed product [M, N]), codes, scales, and perhaps a bias [N]. */
export const quantisedGemmOp: Op<ProductParams> = {
  name: 'quantisedGemm',
  infer: (inputs, { bits, transposeB }) => {
    const [x, codes, scales, bias] = inputs;
    const [n, k] = weightShape('quantisedGemm', codes!, scales!, bits);
    const [inner, outer] = transposeB ? [k, n] : [n, k];
    if (x!.dtype !== 'float32' || x!.shape.length !== 2 || x!.shape[1] !== inner)
      throw graphError('quantisedGemm', `x must be float32 [M, ${inner}]`, inputs);
    if (bias !== undefined && bias.shape.join() !== String(outer))
      throw graphError('quantisedGemm', `the bias must be [${outer}]`, inputs);
    return [{ dtype: 'float32', shape: [x!.shape[0]!, outer] }];
  },
  lower: (emit, { inputs: [x, codes, scales, bias], inputTypes, params: { bits, transposeB, rounded } }) => {
    const type = { shape: weightShape('quantisedGemm', inputTypes[1]!, inputTypes[2]!, bits), bits };
    if (transposeB) {
      const operands = [x!, codes!, scales!, ...(bias === undefined ? [] : ['', '', bias])];
      return [emitMatMulNBits(emit, operands, type, rounded)];
    }
    const transposed = emitTransposed(emit, [codes!, scales!], type, zeroAfter(emit, x!, inputTypes[0]!));
    const product = emitTimesTransposed(emit, x!, transposed);
    return [emitInOrder(emit, product, [inputTypes[0]!.shape[0]!, type.shape[1]])];
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
    const [ids, codes, scales] = inputs;
    const [, width] = weightShape('quantisedGather', codes!, scales!, bits);
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
