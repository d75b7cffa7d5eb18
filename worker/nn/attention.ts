/** Scaled dot-product attention (Vaswani et al. 2017) with shared key/value heads (Shazeer 2019; Ainslie et al. 2023). */
import {
  add,
  cachedAttention,
  cast,
  concat,
  constant,
  matmul,
  mul,
  reshape,
  scale,
  shift,
  softmax,
  split,
  sub,
  transpose,
} from '../graph/ops/index.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Scope } from './scope.ts';

export interface HeadShape {
  readonly batch: number;
  readonly length: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headWidth: number;
}

/** Query [B T, H D], key and value [B T, K D]. */
export interface Projections {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  /** [B T, (H + 2 K) D], where the three are parts of one product as it is. */
  readonly fused?: Tensor;
}

/** Attends and returns [B T, H D]. `layer` counts from 0. */
export type Attend = (scope: Scope, projections: Projections, layer: number) => Tensor;

/** Causal attention over whole sequences, as training and evaluation of decoders use it. */
export function causalAttention(shape: HeadShape, dropoutRate: number): Attend {
  return attentionUnder((scope) => causalMask(scope, shape.length), shape, dropoutRate);
}

/** Attention both ways over whole sequences. `mask` is what {@link paddingMask} gives. */
export function bidirectionalAttention(mask: Tensor, shape: HeadShape, dropoutRate: number): Attend {
  return attentionUnder(() => mask, shape, dropoutRate);
}

export interface Past {
  /** Of each layer, [B, K, P, D]. */
  readonly keys: readonly Tensor[];
  readonly values: readonly Tensor[];
}

/**
 * Attention of new positions over those before them and themselves, as a written decoder has it: S = P + T. `mask`
 * broadcasts to [B, H, T, S]; `appended` receives each layer's keys and values, [B, K, S, D].
 */
export function attentionAfter(
  { keys, values }: Past,
  mask: Tensor,
  shape: HeadShape,
  appended: (layer: number, key: Tensor, value: Tensor) => void,
): Attend {
  const append: Append = (layer, key, value) => {
    const all = [concat([keys[layer]!, key], 2), concat([values[layer]!, value], 2)] as const;
    appended(layer, ...all);
    return all;
  };
  return attentionUnder(() => mask, shape, 0, append);
}

/** Keys and values [B, K, T, D] with what is before them, [B, K, S, D]. */
type Append = (layer: number, key: Tensor, value: Tensor) => readonly [key: Tensor, value: Tensor];

/** Attention with a mask, which broadcasts to [B, H, T, S], added to the scores; S is T where nothing is before. */
function attentionUnder(
  maskOf: (scope: Scope) => Tensor,
  shape: HeadShape,
  dropoutRate: number,
  append: Append = (_, key, value) => [key, value],
): Attend {
  const { batch: B, length: T, heads: H, kvHeads: K, headWidth: D } = shape;
  const group = H / K;
  return (scope, { query, key, value }, layer) => {
    const mask = maskOf(scope);
    const byHead = (x: Tensor, heads: number): Tensor =>
      transpose(reshape(x, [B, T, heads, D]), [0, 2, 1, 3]);
    // the query heads of one key/value head are rows of one product: [B, K, G T, D] x [B, K, D, S]
    const q = reshape(byHead(query, H), [B, K, group * T, D]);
    const [k, v] = append(layer, byHead(key, K), byHead(value, K));
    const S = k.shape[2]!;
    const scores = reshape(matmul(q, k, { transposeB: true, alpha: 1 / Math.sqrt(D) }), [B, H, T, S]);
    const weights = scope.probe('weights', softmax(add(scores, mask)));
    const dropped = reshape(scope.dropout(weights, dropoutRate), [B, K, group * T, S]);
    const attended = reshape(matmul(dropped, v), [B, H, T, D]);
    return reshape(transpose(attended, [0, 2, 1, 3]), [B * T, H * D]);
  };
}

/** Finite, so that a row of padding alone has weights and not NaN; far enough down for an exact 0 in any other row. */
const MASKED = -1e9;

/** 0 where a position holds a token, very low where it is padding: int32 [B T] of ones and zeros -> [B, 1, 1, T]. */
export function paddingMask(real: Tensor, batch: number, length: number): Tensor {
  return reshape(lowWhereZero(real), [batch, 1, 1, length]);
}

/** 0 where x is 1, very low where it is 0: what is added to scores. */
export function lowWhereZero(x: Tensor): Tensor {
  return scale(shift(cast(x, 'float32'), -1), -MASKED);
}

/** 0 where position i may see position j (j <= i), -infinity elsewhere: [T, T]. */
function causalMask({ graph }: Scope, length: number): Tensor {
  const data = new Float32Array(length * length);
  for (let i = 0; i < length; i++) data.fill(-Infinity, i * length + i + 1, (i + 1) * length);
  return constant(graph, 'float32', [length, length], data);
}

export interface KeyValueCache {
  /** [1, K, capacity, D] of each layer. */
  readonly keys: readonly Tensor[];
  readonly values: readonly Tensor[];
  /** int32 [1]: index of the newest position; int32 []: how many there are with it. */
  readonly last: Tensor;
  readonly total: Tensor;
}

/** Attention of new positions (batch 1) over a cache. `updated` receives each layer's new cache. */
export function attentionOverCache(
  shape: HeadShape,
  cache: KeyValueCache,
  updated: (layer: number, key: Tensor, value: Tensor) => void,
): Attend {
  const { length: S, heads, kvHeads, headWidth } = shape;
  return (_, { query, key, value, fused }, layer) => {
    const rows = (x: Tensor): Tensor => reshape(x, [1, S, x.shape[1]!]);
    const result = cachedAttention(
      {
        projections: fused === undefined ? [rows(query), rows(key), rows(value)] : [rows(fused)],
        pastKey: cache.keys[layer]!,
        pastValue: cache.values[layer]!,
        last: cache.last,
        total: cache.total,
      },
      { heads, kvHeads },
    );
    updated(layer, result.key, result.value);
    return reshape(result.attended, [S, heads * headWidth]);
  };
}

/** Cosines and sines of rotary positions, [T, D / 2] each. */
export interface RotaryTable {
  readonly cos: Tensor;
  readonly sin: Tensor;
}

/** Angles position x theta^(-2 i / D) as two arrays [positions, D / 2] (RoFormer, Su et al. 2021). */
export function rotaryAngles(
  positions: number,
  headWidth: number,
  theta: number,
): { cos: Float32Array; sin: Float32Array } {
  const half = headWidth / 2;
  const cos = new Float32Array(positions * half);
  const sin = new Float32Array(positions * half);
  for (let p = 0; p < positions; p++) {
    for (let i = 0; i < half; i++) {
      const angle = p * Math.fround(theta ** ((-2 * i) / headWidth));
      cos[p * half + i] = Math.cos(angle);
      sin[p * half + i] = Math.sin(angle);
    }
  }
  return { cos, sin };
}

/**
 * Rotates the two halves of each head by its position's angles, as Llama does: x [B T, heads D] -> same. A table of B T
 * rows gives each sequence positions of its own.
 */
export function rotate(x: Tensor, table: RotaryTable): Tensor {
  const [T, half] = table.cos.shape as [number, number];
  const D = 2 * half;
  const B = x.shape[0]! / T;
  const heads = x.shape[1]! / D;
  const [first, second] = split(reshape(x, [B, T, heads, D]), 3, [D / 2, D / 2]) as [Tensor, Tensor];
  const cos = reshape(table.cos, [T, 1, D / 2]);
  const sin = reshape(table.sin, [T, 1, D / 2]);
  const turned = concat([sub(mul(first, cos), mul(second, sin)), add(mul(second, cos), mul(first, sin))], 3);
  return reshape(turned, [B * T, heads * D]);
}
