/** As grouped.ts, with frozen matrices of 4 or 8 bits: the linear layers of experts that are not trained. */
import { zeroAfter } from '../recompute.ts';
import { graphError, type Op, type Tensor } from '../tensor.ts';
import { emitGroups, groupsOf, joined } from './grouped.ts';
import { emitInOrder, emitMatMulNBits, emitTimesTransposed, emitTransposed } from './matmul-n-bits.ts';
import { type ProductParams, quantisedGemmOp, type QuantisedWeight, weightShape } from './quantised.ts';

const NAME = 'quantisedGroupedGemm';

/** Codes and scales of each weight, which follow one another. */
function pairs<T>(parts: readonly T[]): (readonly [codes: T, scales: T])[] {
  return Array.from({ length: parts.length / 2 }, (_, e) => [parts[2 * e]!, parts[2 * e + 1]!]);
}

/** Inputs: x [R, K] (of the transposed product [R, N]), counts int32 [E], then codes and scales of E weights [N, K]. */
export const quantisedGroupedGemmOp: Op<ProductParams> = {
  name: NAME,
  infer: (inputs, { bits, transposeB }) => {
    const [x, counts, ...parts] = inputs;
    const [first, ...others] = pairs(parts).map(([codes, scales]) => weightShape(NAME, codes, scales, bits));
    const [inner, outer] = transposeB ? first!.toReversed() : first!;
    const fits =
      x!.dtype === 'float32' &&
      x!.shape.length === 2 &&
      x!.shape[1] === inner &&
      counts!.dtype === 'int32' &&
      counts!.shape.join() === `${others.length + 1}` &&
      others.every((shape) => shape.join() === first!.join());
    if (!fits) throw graphError(NAME, `expected float32 [R, ${inner}], counts int32 [E], E weights`, inputs);
    return [{ dtype: 'float32', shape: [x!.shape[0]!, outer!] }];
  },
  lower: (emit, { inputs: [x, counts, ...parts], inputTypes, outputTypes, params }) => {
    const { bits, transposeB, rounded } = params;
    const weights = pairs(parts);
    const type = { shape: weightShape(NAME, inputTypes[2]!, inputTypes[3]!, bits), bits };
    const groups = emitGroups(emit, x!, counts!, weights.length);
    const join = (products: string[]): string =>
      emit.node('Concat', products, { attributes: { axis: 0 } })[0]!;
    if (transposeB)
      return [join(groups.map((rows, e) => emitMatMulNBits(emit, [rows, ...weights[e]!], type, rounded)))];
    const zero = zeroAfter(emit, x!, inputTypes[0]!); // a group may have no rows to wait for
    const products = groups.map((rows, e) =>
      emitTimesTransposed(emit, rows, emitTransposed(emit, weights[e]!, type, zero)),
    );
    const [rows, k] = outputTypes[0]!.shape as [number, number];
    return [emitInOrder(emit, join(products), [rows, k])];
  },
  vjp: {
    uses: 'inputs',
    rule: ({ cotangents: [g], inputs: [, counts, ...parts], inputTypes, params, wanted }) => {
      if (wanted.slice(2).some(Boolean))
        throw graphError(NAME, 'quantised weights have no gradient', inputTypes);
      const { bits, transposeB } = params;
      const inputs = [g!, counts!, ...parts];
      const back = { bits, transposeB: !transposeB, rounded: false };
      const dx = wanted[0] ? g!.graph.apply(quantisedGroupedGemmOp, inputs, back)[0] : undefined;
      return [dx, ...inputTypes.slice(1).map(() => undefined)];
    },
  },
  reference: ([x, counts, ...parts], params) => {
    const weights = pairs(parts);
    const products = groupsOf(x!, counts!).map(
      (rows, e) => quantisedGemmOp.reference([rows, ...weights[e]!], params)[0]!,
    );
    return [joined(products)];
  },
};

/**
 * x W_e^T for the rows of each group e, which follow one another: x [R, K], counts int32 [E] whose sum is R, E weights [N, K]
 * of as many bits -> [R, N]. `rounded`: see {@link quantisedGemmOp}'s parameters.
 */
export function quantisedGroupedGemm(
  x: Tensor,
  counts: Tensor,
  weights: readonly QuantisedWeight[],
  { rounded = false }: { rounded?: boolean } = {},
): Tensor {
  const inputs = [x, counts, ...weights.flatMap(({ codes, scales }) => [codes, scales])];
  const params = { bits: weights[0]!.bits, transposeB: true, rounded };
  return x.graph.apply(quantisedGroupedGemmOp, inputs, params)[0]!;
}
