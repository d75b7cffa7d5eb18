/** Attention over a key/value cache, for decoding. Training builds attention from smaller ops (nn/attention.ts). */
import { type Dense, graphError, type Op, type Tensor } from '../tensor.ts';
import { dense } from './reference.ts';

interface CachedAttentionParams {
  readonly heads: number;
  readonly kvHeads: number;
}

/** Past key and value, `last` and `total`, which follow the projections. */
const CACHE_INPUTS = 4;

/**
 * Inputs: query [1, S, H D], key and value [1, S, K D], or the three as one [1, S, (H + 2 K) D]; past key and value
 * [1, K, T, D]; and two int32 counts: `last` [1], the index of the newest position, and `total` [], the positions filled
 * after this call. Outputs: attended [1, S, H D] and the caches with the S new rows written before `total`. Query i sees the
 * positions up to its own. ONNX Runtime's GroupQueryAttention, which writes in place when the caches are shared.
 */
export const cachedAttentionOp: Op<CachedAttentionParams> = {
  name: 'cachedAttention',
  infer: (inputs, { heads, kvHeads }) => {
    const projections = inputs.slice(0, -CACHE_INPUTS);
    const [pastKey, pastValue] = inputs.slice(-CACHE_INPUTS);
    const width = pastKey!.shape[3]!;
    const widths = projections.length === 1 ? [heads + 2 * kvHeads] : [heads, kvHeads, kvHeads];
    const fits =
      projections.length === widths.length &&
      projections.every(({ shape }, i) => shape[2] === widths[i]! * width) &&
      pastKey!.shape.join() === pastValue!.shape.join() &&
      pastKey!.shape[1] === kvHeads;
    if (!fits) throw graphError('cachedAttention', `sizes do not fit ${heads} heads over ${kvHeads}`, inputs);
    const { dtype, shape } = projections[0]!;
    const attended = { dtype, shape: [shape[0]!, shape[1]!, heads * width] };
    return [attended, ...[pastKey!, pastValue!].map((past) => ({ dtype: past.dtype, shape: past.shape }))];
  },
  lower: (emit, { inputs, params: { heads, kvHeads } }) => {
    const projections = inputs.slice(0, -CACHE_INPUTS);
    const given = projections.length === 1 ? [...projections, '', ''] : projections;
    return emit.node('GroupQueryAttention', [...given, ...inputs.slice(-CACHE_INPUTS)], {
      domain: 'com.microsoft',
      attributes: { num_heads: heads, kv_num_heads: kvHeads },
      outputs: 3,
    });
  },
  vjp: 'none',
  reference: (inputs, { heads, kvHeads }) => {
    const [pastKey, pastValue, , total] = inputs.slice(-CACHE_INPUTS) as [Dense, Dense, Dense, Dense];
    const [, , capacity, width] = pastKey.shape as [number, number, number, number];
    const projections = inputs.slice(0, -CACHE_INPUTS);
    const [query, key, value] =
      projections.length === 1
        ? columns(projections[0]!, [heads * width, kvHeads * width, kvHeads * width])
        : projections;
    const count = query!.shape[1]!;
    const start = total.data[0]! - count;
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
    const keys = append(pastKey, key!);
    const values = append(pastValue, value!);
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

/** x [1, S, sum of widths] in parts. */
function columns(x: Dense, widths: readonly number[]): Dense[] {
  const [, count, all] = x.shape as [number, number, number];
  let from = 0;
  return widths.map((width) => {
    const part = dense(x.dtype, [1, count, width]);
    for (let s = 0; s < count; s++)
      part.data.set(x.data.subarray(s * all + from, s * all + from + width), s * width);
    from += width;
    return part;
  });
}

interface CachedAttentionInputs {
  /** Query, key and value, or one tensor that has all of them. */
  readonly projections: readonly [Tensor, Tensor, Tensor] | readonly [Tensor];
  readonly pastKey: Tensor;
  readonly pastValue: Tensor;
  readonly last: Tensor;
  readonly total: Tensor;
}

/** Attention of S new positions over a cache; see {@link cachedAttentionOp}. */
export function cachedAttention(
  { projections, pastKey, pastValue, last, total }: CachedAttentionInputs,
  params: CachedAttentionParams,
): { attended: Tensor; key: Tensor; value: Tensor } {
  const inputs = [...projections, pastKey, pastValue, last, total];
  const [attended, key, value] = pastKey.graph.apply(cachedAttentionOp, inputs, params);
  return { attended: attended!, key: key!, value: value! };
}
