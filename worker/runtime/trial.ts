/** Small programs that try a device out: is it right, and is it worth its name? */
import { ClozeError } from '../base/errors.ts';
import { type HalfType, roundToHalf } from '../base/half.ts';
import { round } from '../graph/emulate.ts';
import { add, cast, constant, geluTanh, gemm, matmul, reshape, sumAll } from '../graph/ops/index.ts';
import { Graph, type Tensor } from '../graph/tensor.ts';
import type { Device } from './device.ts';

/**
 * state += sum(feed x constant), twice: products, device-resident state and transfers, with a known answer. Throws
 * `provider`.
 */
export async function checkArithmetic(device: Device): Promise<void> {
  const graph = new Graph();
  const x = graph.feed('x', 'float32', [2, 2]);
  const total = graph.state('total', 'float32', []);
  const product = gemm(x, constant(graph, 'float32', [2, 2], [1, 2, 3, 4]));
  const state = device.createState();
  try {
    const program = await device.compile(
      { name: 'check', updates: new Map([['total', add(total, sumAll(product))]]) },
      state,
    );
    for (let i = 0; i < 2; i++) await program.run({ x: Float32Array.of(1, 1, 2, 0.5) });
    const result = (await state.read('total')).data[0];
    if (result !== 2 * 19.5) throw new ClozeError('provider', `a test program gave ${String(result)} for 39`);
  } finally {
    state.dispose();
  }
}

const SIZE = 256;
const RUNS = 3;

/** Milliseconds that a product of three matrices takes, 67 million operations, with the way to the device and back. */
export async function timeProducts(device: Device): Promise<number> {
  const graph = new Graph();
  const x = graph.state('x', 'float32', [SIZE, SIZE]);
  const state = device.createState();
  try {
    await state.allocate('x', 'float32', [SIZE, SIZE]);
    const program = await device.compile(
      { name: 'products', outputs: { y: sumAll(gemm(x, gemm(x, x))) } },
      state,
    );
    await program.run({}); // the first one also compiles shaders
    let best = Infinity;
    for (let i = 0; i < RUNS; i++) {
      const start = performance.now();
      await program.run({});
      best = Math.min(best, performance.now() - start);
    }
    return best;
  } finally {
    state.dispose();
  }
}

/** Whether a device multiplies matrices and applies an activation in a type of 16 bits, with a known answer. */
export async function computesIn(device: Device, half: HalfType): Promise<boolean> {
  const answer = await tried(device, Float32Array.of(1, 1, 2, 0.5), (x) => {
    const narrow = cast(x, half);
    const product = gemm(narrow, cast(constant(x.graph, 'float32', [2, 2], [1, 2, 3, 4]), half));
    const batch = reshape(geluTanh(product), [1, 2, 2]);
    return { product, other: matmul(batch, batch, { transposeB: true }) };
  });
  return answer?.product?.join() === '4,6,3.5,6' && answer.other!.every(Number.isFinite);
}

/** Whether a device rounds float32 values as a type of 16 bits holds them. */
export async function roundsTo(device: Device, half: HalfType): Promise<boolean> {
  const values = Float32Array.of(1 + 2 ** -9, Math.PI, 70_000, 1e-6);
  const answer = await tried(device, values, (x) => ({ rounded: round(x, half) }));
  return answer?.rounded?.every((v, i) => v === roundToHalf(half, values[i]!)) === true;
}

/** What a program makes of four numbers, [2, 2]; undefined if the device can not run it. */
async function tried(
  device: Device,
  values: Float32Array,
  build: (x: Tensor) => Record<string, Tensor>,
): Promise<Record<string, number[]> | undefined> {
  const built = build(new Graph().feed('x', 'float32', [2, 2]));
  const outputs = Object.fromEntries(Object.entries(built).map(([name, t]) => [name, cast(t, 'float32')]));
  const state = device.createState();
  try {
    const program = await device.compile({ name: 'trial', outputs }, state);
    try {
      const results = await program.run({ x: values });
      return Object.fromEntries(
        Object.entries(results).map(([name, { data }]) => [name, Array.from(data, Number)]),
      );
    } finally {
      await program.dispose();
    }
  } catch {
    return undefined; // what it can not do, it refuses when it loads or runs the program
  } finally {
    state.dispose();
  }
}
