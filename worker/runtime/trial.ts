/** Small programs that try a device out: is it right, and is it worth its name? */
import { ClozeError } from '../base/errors.ts';
import { add, constant, gemm, sumAll } from '../graph/ops/index.ts';
import { Graph } from '../graph/tensor.ts';
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
