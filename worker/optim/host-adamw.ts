/** AdamW on the host: parameters, gradients and moments in WebAssembly memory, updated by one SIMD loop. */
import { ClozeError } from '../base/errors.ts';
import type { AdamWSettings } from './adamw.ts';
import { ADAMW_WASM } from './kernels/adamw.wasm.ts';

/** What kernels/adamw.ts exports; addresses in bytes, counts in elements. */
interface Kernel {
  squares(x: number, n: number): number;
  adamw(
    p: number,
    g: number,
    m: number,
    v: number,
    n: number,
    beta1: number,
    gm: number,
    beta2: number,
    gv: number,
    stepSize: number,
    epsilon: number,
    keep: number,
  ): void;
}

/** The four arrays of one parameter, as views. */
export interface HostTensors {
  readonly parameter: Float32Array<ArrayBuffer>;
  readonly gradient: Float32Array<ArrayBuffer>;
  readonly mean: Float32Array<ArrayBuffer>;
  readonly variance: Float32Array<ArrayBuffer>;
}

export interface HostStep {
  /** Factor on the gradients. */
  readonly gradientScale: number;
  readonly stepSize: number;
  readonly epsilon: number;
  /** 1 - lr x decay for parameters that decay; the others keep all. */
  readonly keep: number;
}

const PAGE = 65536;
const MAX_PAGES = 65536;
const FLOAT = 4;
/** Tensors begin at cache lines. */
const ALIGN = 16;
/** Elements of a kind in one memory, unless one tensor alone is larger: 1 GB with its moments and gradients. */
const SEGMENT = 1 << 26;

interface Planned {
  readonly name: string;
  readonly size: number;
  readonly padded: number;
  readonly decays: boolean;
}

/**
 * One pass over the state where the graph form (adamw.ts, used on GPUs) makes thirteen: the loop is bound by
 * memory, and ONNX Runtime has no operator that fuses it. The arrays are ordinary memory to ONNX Runtime, which
 * reads parameters from it and writes gradients into it.
 */
export class HostAdamW {
  readonly tensors: ReadonlyMap<string, HostTensors>;
  readonly #segments: readonly Segment[];

  /** Makes zeroed state. Throws `memory` for a tensor that no WebAssembly memory can hold with its moments. */
  constructor(shapes: ReadonlyMap<string, readonly number[]>, decays: (shape: readonly number[]) => boolean) {
    const planned = [...shapes].map(([name, shape]): Planned => {
      const size = shape.reduce((a, b) => a * b, 1);
      return { name, size, padded: Math.ceil(size / ALIGN) * ALIGN, decays: decays(shape) };
    });
    const tensors = new Map<string, HostTensors>();
    this.#segments = grouped(planned).map((group) => new Segment(group, tensors));
    this.tensors = tensors;
  }

  /** The sum of the squares of all gradients. */
  squaredNorm(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.squaredNorm(), 0);
  }

  /** Updates parameters and moments from the gradients. */
  step(step: HostStep, settings: AdamWSettings): void {
    for (const segment of this.#segments) segment.step(step, settings);
  }
}

/** Cuts the list where a memory is full. */
function grouped(planned: readonly Planned[]): Planned[][] {
  const groups: Planned[][] = [];
  let room = 0;
  for (const each of planned) {
    if (each.padded > room) {
      groups.push([]);
      room = SEGMENT;
    }
    groups.at(-1)!.push(each);
    room -= each.padded;
  }
  return groups;
}

/** Parameters, gradients, means and variances of some tensors, one array after another, decayed tensors in front. */
class Segment {
  readonly #kernel: Kernel;
  readonly #count: number;
  readonly #decayed: number;

  constructor(group: readonly Planned[], tensors: Map<string, HostTensors>) {
    const order = group.toSorted((a, b) => Number(b.decays) - Number(a.decays));
    const sum = (list: readonly Planned[]): number => list.reduce((n, { padded }) => n + padded, 0);
    this.#count = sum(order);
    this.#decayed = sum(order.filter(({ decays }) => decays));
    const pages = Math.ceil((4 * this.#count * FLOAT) / PAGE);
    if (pages >= MAX_PAGES) {
      const largest = order.reduce((a, b) => (a.size > b.size ? a : b));
      throw new ClozeError(
        'memory',
        `${largest.name} has ${largest.size} elements, too many to train on the cpu provider`,
      );
    }
    const memory = new WebAssembly.Memory({ initial: pages });
    const { exports } = new WebAssembly.Instance(compiled(), { env: { memory } });
    this.#kernel = exports as Kernel;
    let at = 0;
    for (const { name, size, padded } of order) {
      const view = (kind: number): Float32Array<ArrayBuffer> =>
        new Float32Array(memory.buffer, this.#address(kind) + at * FLOAT, size);
      tensors.set(name, { parameter: view(0), gradient: view(1), mean: view(2), variance: view(3) });
      at += padded;
    }
  }

  squaredNorm(): number {
    return this.#kernel.squares(this.#address(1), this.#count);
  }

  step({ gradientScale, stepSize, epsilon, keep }: HostStep, { beta1, beta2 }: AdamWSettings): void {
    const gm = (1 - beta1) * gradientScale;
    const gv = Math.sqrt(1 - beta2) * gradientScale;
    const run = (from: number, count: number, kept: number): void => {
      const [p, g, m, v] = [0, 1, 2, 3].map((kind) => this.#address(kind) + from * FLOAT);
      this.#kernel.adamw(p!, g!, m!, v!, count, beta1, gm, beta2, gv, stepSize, epsilon, kept);
    };
    run(0, this.#decayed, keep);
    run(this.#decayed, this.#count - this.#decayed, 1);
  }

  /** Bytes before the array of a kind: 0 parameters, 1 gradients, 2 means, 3 variances. */
  #address(kind: number): number {
    return kind * this.#count * FLOAT;
  }
}

let kernelModule: WebAssembly.Module | undefined;

function compiled(): WebAssembly.Module {
  kernelModule ??= new WebAssembly.Module(Buffer.from(ADAMW_WASM, 'base64'));
  return kernelModule;
}
