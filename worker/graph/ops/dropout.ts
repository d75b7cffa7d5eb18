/**
 * Dropout (Srivastava et al. 2014) from a counter-based generator, because ONNX's random operators are seeded
 * when a model is built. 32-bit integer products and quotients wrap alike on every provider, so the same
 * (seed, step) gives the same mask everywhere.
 */
import { type Emitter, graphError, ONNX_TYPE, type Op, type Shape, sizeOf, type Tensor } from '../tensor.ts';
import { mul } from './elementwise.ts';
import { dense } from './reference.ts';

interface DropoutParams {
  readonly shape: Shape;
  readonly rate: number;
  /** Separates the places in a model where dropout is applied. */
  readonly stream: number;
}

const ROW = 0x9e3779b1 | 0;
const COLUMN = 0x85ebca77 | 0;
const STREAM = 0x27d4eb2f | 0;
const SPREAD = 0x2c1b3c6d | 0;

/** Two rounds of x (2x + 1), whose high bits are well mixed, with the high half folded down between them. */
function mix(x: number): number {
  x = Math.imul(x, (Math.imul(x, 2) + 1) | 0);
  x = (x + Math.trunc(x / 65536)) | 0;
  x = Math.imul(x, SPREAD);
  x = (x + Math.trunc(x / 32768)) | 0;
  return Math.imul(x, (Math.imul(x, 2) + 1) | 0);
}

/** Adds the nodes of {@link mix}. */
function emitMix(emit: Emitter, x: string): string {
  const op = (type: string, a: string, b: string | number): string =>
    emit.node(type, [a, typeof b === 'string' ? b : emit.constant('int32', [], [b])])[0]!;
  const square = (v: string): string => op('Mul', v, op('Add', op('Mul', v, 2), 1));
  const fold = (v: string, by: number): string => op('Add', v, op('Div', v, by));
  return square(fold(op('Mul', fold(square(x), 65536), SPREAD), 32768));
}

/** The value below which an int32 drops: `rate` of them do. */
function threshold(rate: number): number {
  return Math.round(rate * 2 ** 32 - 2 ** 31) | 0;
}

function rowsOf(shape: Shape): [number, number] {
  const columns = shape.at(-1) ?? 1;
  return [sizeOf(shape) / columns, columns];
}

/** Input: int32 [2], seed and step. Output: 0 with probability `rate`, else 1 / (1 - rate). */
export const dropoutMaskOp: Op<DropoutParams> = {
  name: 'dropoutMask',
  infer: (inputs, { shape, rate }) => {
    if (!(rate > 0 && rate < 1))
      throw graphError('dropoutMask', `rate ${rate} is not between 0 and 1`, inputs);
    return [{ dtype: 'float32', shape }];
  },
  lower: (emit, { inputs: [key], params: { shape, rate, stream } }) => {
    const op = (type: string, a: string, b: string): string => emit.node(type, [a, b])[0]!;
    const [rows, columns] = rowsOf(shape);
    const counter = (n: number, by: number): number[] =>
      Array.from({ length: n }, (_, i) => Math.imul(i, by));
    const at = (i: number): string => emit.node('Gather', [key!, emit.constant('int32', [], [i])])[0]!;
    const salt = emit.constant('int32', [], [Math.imul(stream, STREAM)]);
    const seed = emitMix(emit, op('Add', emitMix(emit, op('Add', at(0), salt)), at(1)));
    const rowKeys = emitMix(emit, op('Add', emit.constant('int32', [rows, 1], counter(rows, ROW)), seed));
    const bits = emitMix(
      emit,
      op('Add', rowKeys, emit.constant('int32', [1, columns], counter(columns, COLUMN))),
    );
    const kept = op('Less', emit.constant('int32', [], [threshold(rate) - 1]), bits);
    const ones = emit.node('Cast', [kept], { attributes: { to: ONNX_TYPE.float32 } })[0]!;
    const scaled = op('Mul', ones, emit.constant('float32', [], [1 / (1 - rate)]));
    return emit.node('Reshape', [scaled, emit.constant('int64', [shape.length], shape)]);
  },
  vjp: 'zero',
  reference: ([key], { shape, rate, stream }) => {
    const out = dense('float32', shape);
    const [rows, columns] = rowsOf(shape);
    const seed = mix((mix((key!.data[0]! + Math.imul(stream, STREAM)) | 0) + key!.data[1]!) | 0);
    for (let r = 0; r < rows; r++) {
      const rowKey = mix((Math.imul(r, ROW) + seed) | 0);
      for (let c = 0; c < columns; c++) {
        const bits = mix((rowKey + Math.imul(c, COLUMN)) | 0);
        out.data[r * columns + c] = bits >= threshold(rate) ? 1 / (1 - rate) : 0;
      }
    }
    return [out];
  },
};

/** x with a share `rate` of its elements zeroed and the rest scaled up. `key` is int32 [2]: seed and step. */
export function dropout(x: Tensor, key: Tensor, rate: number, stream: number): Tensor {
  if (rate === 0) return x;
  return mul(x, x.graph.apply(dropoutMaskOp, [key], { shape: x.shape, rate, stream })[0]!);
}
