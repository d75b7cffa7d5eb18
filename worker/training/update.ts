/** Applying gradients: global-norm clipping and AdamW, on the device that holds the state. */
import { Graph, type Tensor } from '../graph/tensor.ts';
import { add, reshape, scalar, sumSquares } from '../graph/ops/index.ts';
import { adamw, type AdamWScalars, adamwScalars, type AdamWSettings } from '../optim/adamw.ts';
import { HostAdamW } from '../optim/host-adamw.ts';
import type { Device } from '../runtime/device.ts';
import type { Program } from '../runtime/program.ts';
import type { DeviceState } from '../runtime/state.ts';
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
  /** Makes one step and returns the global gradient norm before clipping. One that is not finite changes nothing. */
  run(step: UpdateStep): Promise<number>;
}

/** As torch.nn.utils.clip_grad_norm_. */
const CLIP_EPSILON = 1e-6;

function isDecayed(shape: readonly number[], { decay }: UpdateSettings): boolean {
  return decay === 'all' || shape.length >= 2;
}

/** Factor on the gradients with which their norm is `clip` at most. */
function clipped(norm: number, gradientScale: number, { clip }: UpdateSettings): number {
  return gradientScale * (clip > 0 ? Math.min(1, clip / (norm + CLIP_EPSILON)) : 1);
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

/** The update on `cpu`: a fused loop over host memory that the programs share. */
export class HostUpdate implements Update {
  readonly #settings: UpdateSettings;
  readonly #adamw: HostAdamW;

  /** Makes parameters, gradients and moments in the state, zeroed. */
  constructor(state: DeviceState, shapes: ReadonlyMap<string, readonly number[]>, settings: UpdateSettings) {
    this.#settings = settings;
    this.#adamw = new HostAdamW(shapes, (shape) => isDecayed(shape, settings));
    for (const [name, { parameter, gradient, mean, variance }] of this.#adamw.tensors) {
      const share = (as: string, data: Float32Array): void =>
        state.share(as, { dtype: 'float32', shape: shapes.get(name)!, data });
      share(name, parameter);
      share(gradientName(name), gradient);
      share(meanName(name), mean);
      share(varianceName(name), variance);
    }
  }

  run({ step, learningRate, gradientScale }: UpdateStep): Promise<number> {
    const norm = Math.sqrt(this.#adamw.squaredNorm()) * gradientScale;
    if (Number.isFinite(norm)) {
      const scalars = adamwScalars(step, learningRate, this.#settings.weightDecay, this.#settings);
      const scale = clipped(norm, gradientScale, this.#settings);
      this.#adamw.step({ ...scalars, gradientScale: scale }, this.#settings);
    }
    return Promise.resolve(norm);
  }
}

/** The update on a GPU: one program for the norm, which the host must know to clip and to skip, and one for the rest. */
export class DeviceUpdate implements Update {
  readonly #settings: UpdateSettings;
  readonly #squares: Program;
  readonly #update: Program;

  private constructor(settings: UpdateSettings, squares: Program, update: Program) {
    this.#settings = settings;
    this.#squares = squares;
    this.#update = update;
  }

  static async create(
    device: Device,
    state: DeviceState,
    shapes: ReadonlyMap<string, readonly number[]>,
    settings: UpdateSettings,
  ): Promise<DeviceUpdate> {
    const squares = await compileSquares(device, state, shapes);
    const update = await compileUpdate(device, state, shapes, settings);
    return new DeviceUpdate(settings, squares, update);
  }

  async run({ step, learningRate, gradientScale }: UpdateStep): Promise<number> {
    const { squares } = await this.#squares.run({});
    const norm = Math.sqrt(Number(squares!.data[0])) * gradientScale;
    if (Number.isFinite(norm)) {
      const scalars = adamwScalars(step, learningRate, this.#settings.weightDecay, this.#settings);
      await this.#update.run({
        gradientScale: Float32Array.of(clipped(norm, gradientScale, this.#settings)),
        stepSize: Float32Array.of(scalars.stepSize),
        epsilon: Float32Array.of(scalars.epsilon),
        keep: Float32Array.of(scalars.keep),
      });
    }
    return norm;
  }
}

/** Output: `squares`, the sum of the squares of all gradients. */
function compileSquares(
  device: Device,
  state: DeviceState,
  shapes: ReadonlyMap<string, readonly number[]>,
): Promise<Program> {
  const graph = new Graph();
  const squares = [...shapes]
    .map(([name, shape]) => sumSquares(graph.state(gradientName(name), 'float32', shape)))
    .reduce((a, b) => add(a, b));
  return device.compile({ name: 'squares', outputs: { squares: reshape(squares, []) } }, state);
}

/** Feeds: those of {@link scalarFeeds}. */
function compileUpdate(
  device: Device,
  state: DeviceState,
  shapes: ReadonlyMap<string, readonly number[]>,
  settings: UpdateSettings,
): Promise<Program> {
  const graph = new Graph();
  const feeds = scalarFeeds(graph);
  const keepPlain = scalar(graph, 1);
  const updates = new Map<string, Tensor>();
  for (const [name, shape] of shapes) {
    const states = {
      parameter: graph.state(name, 'float32', shape),
      gradient: graph.state(gradientName(name), 'float32', shape),
      mean: graph.state(meanName(name), 'float32', shape),
      variance: graph.state(varianceName(name), 'float32', shape),
    };
    const scalars = { ...feeds, keep: isDecayed(shape, settings) ? feeds.keep : keepPlain };
    const next = graph.within(name, () => adamw(states, scalars, settings));
    updates.set(name, next.parameter).set(meanName(name), next.mean).set(varianceName(name), next.variance);
  }
  return device.compile({ name: 'update', updates }, state);
}
