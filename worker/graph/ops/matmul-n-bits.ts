/**
 * How products with weights of 4 or 8 bits are written: ONNX Runtime's MatMulNBits
 * (https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#commicrosoftmatmulnbits).
 */
import type { Emitter, Shape } from '../tensor.ts';

export type Bits = 4 | 8;

/** Weights that share a scale. */
export const BLOCK = 32;

/** Names of the codes and scales of a weight [N, K]. */
export type WeightNames = readonly [codes: string, scales: string];

export interface WeightType {
  readonly shape: readonly [n: number, k: number];
  readonly bits: Bits;
}

/** x W^T (+ bias): `operands` are x [M, K], codes, scales, and MatMulNBits' further inputs. */
export function emitMatMulNBits(
  emit: Emitter,
  operands: readonly string[],
  { shape: [n, k], bits }: WeightType,
  rounded: boolean,
): string {
  const attributes = { K: k, N: n, bits, block_size: BLOCK, accuracy_level: rounded ? 4 : 0 };
  return emit.node('MatMulNBits', operands, { domain: 'com.microsoft', attributes })[0]!;
}

/**
 * The transposed weight in float32, [K, N], to be used once and forgotten. MatMulNBits makes it, as product with an identity:
 * many times as fast as DequantizeLinear, which has no threads. On `cpu` the blocks are rows to it, which needs an identity of
 * 32 x 32 only; rows are in the order (place in the block, block) then, and {@link emitInOrder} puts what comes of them back.
 * The codes in another order are a constant to ONNX Runtime where the weight is one. `zero` is there once the weight is
 * wanted: a runtime is free to make the weights of all layers at the start, and keep them.
 */
export function emitTransposed(
  emit: Emitter,
  [codes, scales]: WeightNames,
  { shape: [n, k], bits }: WeightType,
  zero: string,
): string {
  const one = (size: number): string => emit.node('Add', [identity(emit, size), zero])[0]!;
  if (emit.provider !== 'cpu')
    return emitMatMulNBits(emit, [one(k), codes, scales], { shape: [n, k], bits }, false);
  const blocks = k / BLOCK;
  const reordered = (name: string, perm: readonly number[], shape: Shape): string =>
    emit.node('Reshape', [
      emit.node('Transpose', [name], { attributes: { perm } })[0]!,
      emit.reshapeTo(shape),
    ])[0]!;
  const byBlock = [
    reordered(codes, [1, 0, 2], [blocks * n, 1, 4 * bits]),
    reordered(scales, [1, 0], [blocks * n, 1]),
  ];
  const type: WeightType = { shape: [blocks * n, BLOCK], bits };
  const made = emitMatMulNBits(emit, [one(BLOCK), ...byBlock], type, false); // [32, K / 32 N]
  return emit.node('Reshape', [made, emit.reshapeTo([k, n])])[0]!;
}

/** g W with the weight of {@link emitTransposed}, its columns in the order of that. */
export function emitTimesTransposed(emit: Emitter, g: string, transposed: string): string {
  if (emit.provider === 'cpu') return emit.node('Gemm', [g, transposed], { attributes: { transB: 1 } })[0]!;
  const weight = emit.node('Transpose', [transposed], { attributes: { perm: [1, 0] } })[0]!;
  return emit.node('MatMul', [g, weight])[0]!;
}

/** The columns of g W, [M, K], in their own order again. */
export function emitInOrder(emit: Emitter, product: string, [m, k]: readonly [number, number]): string {
  if (emit.provider !== 'cpu') return product;
  const apart = emit.node('Reshape', [product, emit.reshapeTo([m, BLOCK, k / BLOCK])])[0]!;
  const ordered = emit.node('Transpose', [apart], { attributes: { perm: [0, 2, 1] } })[0]!;
  return emit.node('Reshape', [ordered, emit.reshapeTo([m, k])])[0]!;
}

function identity(emit: Emitter, size: number): string {
  const data = new Float32Array(size * size);
  for (let i = 0; i < size; i++) data[i * size + i] = 1;
  return emit.constant('float32', [size, size], data);
}
