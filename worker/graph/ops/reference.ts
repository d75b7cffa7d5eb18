/** Helpers of the reference kernels: plain loops over dense arrays, clarity before speed. */
import { type Dense, type DType, type Shape, sizeOf } from '../tensor.ts';

export function dense(dtype: DType, shape: Shape): Dense {
  return { dtype, shape, data: new Float64Array(sizeOf(shape)) };
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!;
  return strides;
}

/** Calls `visit` for each index of a shape, in row-major order. The index array is reused. */
export function walk(shape: Shape, visit: (index: readonly number[], flat: number) => void): void {
  const index = new Array<number>(shape.length).fill(0);
  const size = sizeOf(shape);
  for (let flat = 0; flat < size; flat++) {
    visit(index, flat);
    for (let i = shape.length - 1; i >= 0; i--) {
      index[i]! += 1;
      if (index[i]! < shape[i]!) break;
      index[i] = 0;
    }
  }
}

/** Calls `visit` for each row of the last axis. */
export function rows(x: Dense, visit: (row: Float64Array, at: number) => void): void {
  const n = x.shape.at(-1)!;
  for (let r = 0; r * n < x.data.length; r++) visit(x.data.subarray(r * n, (r + 1) * n), r);
}
