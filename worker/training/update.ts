/** Applying gradients: global-norm clipping and AdamW, on the device that holds the state. */
import { Graph, type Tensor } from '../graph/tensor.ts';
import { add, div, minimum, mul, reshape, scalar, shift, sqrt, sumSquares } from '../graph/ops/index.ts';
import { adamw, type AdamWScalars, adamwScalars, type AdamWSettings } from '../optim/adamw.ts';
import type { Device } from '../runtime/device.ts';
import type { Program } from '../runtime/program.ts';
import type { Arena, DeviceState } from '../runtime/state.ts';
import { gradientName } from './gradients.ts';

export const meanName = (parameter: string): string => `mean/${parameter}`;
export const varianceName = (parameter: string): string => `variance/${parameter}`;

/** The optimizer's own tensors for a parameter: what a checkpoint keeps beside the weights. */
export function momentNames(parameter: string): readonly string[] {
  return [meanName(parameter), varianceName(parameter)];
}

export interface UpdateSettings extends AdamWSettings {
  readonly weightDecay: number;
  /** Which parameters decay: those with two axes or more (GPT-2, GPT-3), or all of them. */
  readonly decay: 'matrices' | 'all';
  /** Largest global L2 norm of the gradients; 0 is no clipping. */
  readonly clip: number;
}

export interface UpdateStep {
  /** Counts from 1. */
  readonly step: number;
  readonly learningRate: number;
  /** Factor on the gradients as they lie on the device (1 over the number of accumulated batches). */
  readonly gradientScale: number;
}

export interface Update {
  /** Makes one step and returns the global gradient norm before clipping. Not finite: nothing was changed. */
  run(step: UpdateStep): Promise<number>;
}

/** As torch.nn.utils.clip_grad_norm_. */
const CLIP_EPSILON = 1e-6;

function isDecayed(shape: readonly number[], { decay }: UpdateSettings): boolean {
  return decay === 'all' || shape.length >= 2;
}

function scalarFeeds(graph: Graph): Record<keyof AdamWScalars, Tensor> {
  const feed = (name: string): Tensor => graph.feed(name, 'float32', []);
  return {
    gradientScale: feed('gradientScale'),
    stepSize: feed('stepSize'),
    epsilon: feed('epsilon'),
    keep: feed('keep'),
  };
}

/** Elements of one piece of the host's update: its temporaries stay in cache. */
const CHUNK = 1 << 20;

interface Chunk {
  readonly norm: Program;
  readonly update: Program;
  readonly decayed: boolean;
}

/** Parameters, gradients and moments of one model on `cpu`, each kind in one arena, in the same order. */
export interface HostState {
  readonly parameters: Arena;
  readonly gradients: Arena;
  readonly means: Arena;
  readonly variances: Arena;
  /** Elements at the front that decay. */
  readonly decayed: number;
}

/** Makes the arenas, with the parameters that decay in front. */
export function allocateHostState(
  state: DeviceState,
  shapes: ReadonlyMap<string, readonly number[]>,
  settings: UpdateSettings,
): HostState {
  const order = [...shapes].sort(
    ([, a], [, b]) => Number(isDecayed(b, settings)) - Number(isDecayed(a, settings)),
  );
  const arena = (name: (parameter: string) => string): Arena =>
    state.allocateArena(new Map(order.map(([parameter, shape]) => [name(parameter), shape])));
  const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
  return {
    parameters: arena((name) => name),
    gradients: arena(gradientName),
    means: arena(meanName),
    variances: arena(varianceName),
    decayed: order.reduce((sum, [, shape]) => sum + (isDecayed(shape, settings) ? size(shape) : 0), 0),
  };
}

/** The update on `cpu`: the same small programs over piece after piece of the arenas, in place. */
export class HostUpdate implements Update {
  readonly #settings: UpdateSettings;
  readonly #chunks: readonly Chunk[];

  private constructor(settings: UpdateSettings, chunks: readonly Chunk[]) {
    this.#settings = settings;
    this.#chunks = chunks;
  }

  static async create(device: Device, host: HostState, settings: UpdateSettings): Promise<HostUpdate> {
    const compiled = new Map<number, { norm: Program; update: Program }>();
    const chunks: Chunk[] = [];
    for (const [start, end] of ranges(host)) {
      const view = device.createState();
      const share = (name: string, arena: Arena): void =>
        view.share(name, { dtype: 'float32', shape: [end - start], data: arena.data.subarray(start, end) });
      share('parameter', host.parameters);
      share('gradient', host.gradients);
      share('mean', host.means);
      share('variance', host.variances);
      let programs = compiled.get(end - start);
      if (programs === undefined) {
        programs = await compileChunk(device, view, end - start, settings);
        compiled.set(end - start, programs);
      }
      chunks.push({
        norm: programs.norm.withState(view),
        update: programs.update.withState(view),
        decayed: start < host.decayed,
      });
    }
    return new HostUpdate(settings, chunks);
  }

  async run({ step, learningRate, gradientScale }: UpdateStep): Promise<number> {
    const { clip, weightDecay } = this.#settings;
    let squares = 0;
    for (const { norm } of this.#chunks) squares += Number((await norm.run({})).squares!.data[0]);
    const norm = Math.sqrt(squares) * gradientScale;
    if (!Number.isFinite(norm)) return norm;
    const clipping = clip > 0 ? Math.min(1, clip / (norm + CLIP_EPSILON)) : 1;
    const feeds = (decay: number): Record<string, Float32Array> => {
      const scalars = adamwScalars(step, learningRate, decay, this.#settings);
      return {
        gradientScale: Float32Array.of(gradientScale * clipping),
        stepSize: Float32Array.of(scalars.stepSize),
        epsilon: Float32Array.of(scalars.epsilon),
        keep: Float32Array.of(scalars.keep),
      };
    };
    const decayedFeeds = feeds(weightDecay);
    const plainFeeds = feeds(0);
    for (const { update, decayed } of this.#chunks) await update.run(decayed ? decayedFeeds : plainFeeds);
    return norm;
  }
}

/** Pieces of at most CHUNK elements, none of which crosses from decayed to plain parameters. */
function* ranges({ parameters, decayed }: HostState): Generator<[number, number]> {
  for (const [from, to] of [
    [0, decayed],
    [decayed, parameters.data.length],
  ] as const) {
    for (let start = from; start < to; start += CHUNK) yield [start, Math.min(start + CHUNK, to)];
  }
}

async function compileChunk(
  device: Device,
  view: DeviceState,
  length: number,
  settings: UpdateSettings,
): Promise<{ norm: Program; update: Program }> {
  const normGraph = new Graph();
  const g = normGraph.state('gradient', 'float32', [length]);
  const norm = await device.compile({ name: 'norm', outputs: { squares: sumSquares(g) } }, view);

  const graph = new Graph();
  const state = (name: string): Tensor => graph.state(name, 'float32', [length]);
  const tensors = {
    parameter: state('parameter'),
    gradient: state('gradient'),
    mean: state('mean'),
    variance: state('variance'),
  };
  const next = adamw(tensors, scalarFeeds(graph), settings);
  const update = await device.compile({ name: 'update', updates: new Map(Object.entries(next)) }, view);
  return { norm, update };
}

/** The update on a GPU: one program over whole tensors, norm and clipping included. */
export class DeviceUpdate implements Update {
  readonly #settings: UpdateSettings;
  readonly #program: Program;

  private constructor(settings: UpdateSettings, program: Program) {
    this.#settings = settings;
    this.#program = program;
  }

  static async create(
    device: Device,
    state: DeviceState,
    shapes: ReadonlyMap<string, readonly number[]>,
    settings: UpdateSettings,
  ): Promise<DeviceUpdate> {
    const graph = new Graph();
    const feeds = scalarFeeds(graph);
    const keepPlain = scalar(graph, 1);
    const gradient = new Map(
      [...shapes].map(([name, shape]) => [name, graph.state(gradientName(name), 'float32', shape)]),
    );
    const squares = [...gradient.values()].map((g) => sumSquares(g));
    const norm = mul(sqrt(squares.reduce((a, b) => add(a, b))), feeds.gradientScale);
    const clipping =
      settings.clip > 0
        ? minimum(scalar(graph, 1), div(scalar(graph, settings.clip), shift(norm, CLIP_EPSILON)))
        : scalar(graph, 1);
    const gradientScale = mul(feeds.gradientScale, clipping);
    const updates = new Map<string, Tensor>();
    for (const [name, shape] of shapes) {
      const states = {
        parameter: graph.state(name, 'float32', shape),
        gradient: gradient.get(name)!,
        mean: graph.state(meanName(name), 'float32', shape),
        variance: graph.state(varianceName(name), 'float32', shape),
      };
      const scalars = { ...feeds, gradientScale, keep: isDecayed(shape, settings) ? feeds.keep : keepPlain };
      const next = graph.within(name, () => adamw(states, scalars, settings));
      updates.set(name, next.parameter).set(meanName(name), next.mean).set(varianceName(name), next.variance);
    }
    const program = await device.compile(
      { name: 'update', outputs: { norm: reshape(norm, []) }, updates },
      state,
    );
    return new DeviceUpdate(settings, program);
  }

  async run({ step, learningRate, gradientScale }: UpdateStep): Promise<number> {
    const scalars = adamwScalars(step, learningRate, this.#settings.weightDecay, this.#settings);
    const results = await this.#program.run({
      gradientScale: Float32Array.of(gradientScale),
      stepSize: Float32Array.of(scalars.stepSize),
      epsilon: Float32Array.of(scalars.epsilon),
      keep: Float32Array.of(scalars.keep),
    });
    return Number(results.norm!.data[0]);
  }
}
