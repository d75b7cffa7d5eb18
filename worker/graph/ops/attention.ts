/** Attention over a key/value cache, for decoding. Training builds attention from smaller ops (nn/attention.ts). */
import { type Dense, graphError, type Op, type Tensor } from '../tensor.ts';
import { dense } from './reference.ts';

interface CachedAttentionParams {
  readonly heads: number;
  readonly kvHeads: number;
}

/**
 * Inputs: query [1, S, H D], key and value [1, S, K D], past key and value [1, K, T, D], and two int32 counts:
 * `last` [1], the index of the newest position, and `total` [], the positions filled after this call.
 * Outputs: attended [1, S, H D] and the caches with the S new rows written before `total`. Query i sees the
 * positions up to its own. ONNX Runtime's GroupQueryAttention, which writes in place when the caches are shared.
 */
export const cachedAttentionOp: Op<CachedAttentionParams> = {
  name: 'cachedAttention',
  infer: (inputs, { heads, kvHeads }) => {
    const [query, key, value, pastKey, pastValue] = inputs;
    const width = pastKey!.shape[3];
    const fits =
      query!.shape[2] === heads * width! &&
      key!.shape[2] === kvHeads * width! &&
      value!.shape[2] === kvHeads * width! &&
      pastKey!.shape.join() === pastValue!.shape.join() &&
      pastKey!.shape[1] === kvHeads;
    if (!fits) throw graphError('cachedAttention', `sizes do not fit ${heads} heads over ${kvHeads}`, inputs);
    return [query!, pastKey!, pastValue!].map(({ dtype, shape }) => ({ dtype, shape }));
  },
  lower: (emit, { inputs, params: { heads, kvHeads } }) =>
    emit.node('GroupQueryAttention', inputs, {
      domain: 'com.microsoft',
      attributes: { num_heads: heads, kv_num_heads: kvHeads },
      outputs: 3,
    }),
  vjp: 'none',
  reference: ([query, key, value, pastKey, pastValue, , total], { heads, kvHeads }) => {
    const [, , capacity, width] = pastKey!.shape as [number, number, number, number];
    const count = query!.shape[1]!;
    const start = total!.data[0]! - count;
    const append = (past: Dense, rows: Dense): Dense => {
      const data = past.data.slice();
      for (let s = 0; s < count; s++) {
        for (let h = 0; h < kvHeads; h++) {
          const from = (s * kvHeads + h) * width;
          data.set(rows.data.subarray(from, from + width), (h * capacity + start + s) * width);
        }
      }
      return { ...past, data };
    };
    const keys = append(pastKey!, key!);
    const values = append(pastValue!, value!);
    const out = dense(query!.dtype, query!.shape);
    for (let s = 0; s < count; s++) {
      for (let h = 0; h < heads; h++) {
        const kv = Math.floor((h * kvHeads) / heads) * capacity;
        const at = (s * heads + h) * width;
        const scores = Array.from({ length: start + s + 1 }, (_, t) => {
          let dot = 0;
          for (let d = 0; d < width; d++) dot += query!.data[at + d]! * keys.data[(kv + t) * width + d]!;
          return dot / Math.sqrt(width);
        });
        const top = Math.max(...scores);
        const weights = scores.map((v) => Math.exp(v - top));
        const norm = weights.reduce((a, b) => a + b, 0);
        weights.forEach((w, t) => {
          for (let d = 0; d < width; d++)
            out.data[at + d]! += (w / norm) * values.data[(kv + t) * width + d]!;
        });
      }
    }
    return [out, keys, values];
  },
};

interface CachedAttentionInputs {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  readonly pastKey: Tensor;
  readonly pastValue: Tensor;
  readonly last: Tensor;
  readonly total: Tensor;
}

/** Attention of S new positions over a cache; see {@link cachedAttentionOp}. */
export function cachedAttention(
  { query, key, value, pastKey, pastValue, last, total }: CachedAttentionInputs,
  params: CachedAttentionParams,
): { attended: Tensor; key: Tensor; value: Tensor } {
  const inputs = [query, key, value, pastKey, pastValue, last, total];
  const [attended, newKey, newValue] = query.graph.apply(cachedAttentionOp, inputs, params);
  return { attended: attended!, key: newKey!, value: newValue! };
}
