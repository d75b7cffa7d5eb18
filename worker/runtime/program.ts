/** A compiled graph with state that stays on the device between runs. */
import { ClozeError } from '../base/errors.ts';
import { liveNodes } from '../graph/live.ts';
import { FREE_SIZES } from '../graph/open-sizes.ts';
import { type Node, type Shape, sizeOf, type Tensor, type ValueType } from '../graph/tensor.ts';
import type { OrtTensor } from './session.ts';
import {
  allocateHost,
  closeSession,
  type HostData,
  type HostTensor,
  type InferenceSession,
  runError,
  runInto,
  wrap,
} from './session.ts';
import type { DeviceState } from './state.ts';

export interface ProgramSource {
  /** Shown in profiles and errors. */
  readonly name: string;
  /** Values brought back to the host by each run. */
  readonly outputs?: Readonly<Record<string, Tensor>>;
  /** States that a run sets, and to what. They are set together, after every read. */
  readonly updates?: ReadonlyMap<string, Tensor>;
  /** States baked in at compile time, for weights that will not change: their products are packed ahead. */
  readonly frozen?: ReadonlySet<string>;
}

export const updateName = (state: string): string => `next/${state}`;

export type Results = Readonly<Record<string, HostTensor>>;

/** What a program feeds and sets, by name. */
export interface Signature {
  readonly source: ProgramSource;
  readonly feeds: ReadonlyMap<string, ValueType>;
  readonly states: ReadonlySet<string>;
}

export interface Program {
  readonly signature: Signature;
  /**
   * Runs once: reads feeds and states, sets the states of `updates`, and returns the outputs, whose memory is
   * valid until the next run. Throws `graph` where a feed is missing or has another type.
   */
  run(feeds: Readonly<Record<string, HostData>>): Promise<Results>;
  dispose(): Promise<void>;
}

function feedTensors(
  { source, feeds: types }: Signature,
  feeds: Readonly<Record<string, HostData>>,
): Record<string, OrtTensor> {
  const tensors: Record<string, OrtTensor> = {};
  for (const [name, type] of types) {
    const data = feeds[name];
    if (data === undefined)
      throw new ClozeError('graph', `program ${source.name}: feed '${name}' is missing`);
    const shape = atRun(type.shape, freeSizes([[name, type]], feeds));
    if (data.length !== sizeOf(shape)) {
      throw new ClozeError(
        'graph',
        `program ${source.name}: feed '${name}' has ${data.length} elements, expected ${sizeOf(shape)}`,
      );
    }
    tensors[name] = wrap({ ...type, shape, data });
  }
  return tensors;
}

/** The free sizes of a run, by the primes that stand for them: feeds of one axis tell. */
function freeSizes(
  types: Iterable<[string, ValueType]>,
  feeds: Readonly<Record<string, HostData>>,
): ReadonlyMap<number, number> {
  const sizes = new Map<number, number>();
  for (const [name, { shape }] of types) {
    const [size] = shape;
    if (shape.length === 1 && FREE_SIZES.has(size!)) sizes.set(size!, feeds[name]!.length);
  }
  return sizes;
}

function atRun(shape: Shape, sizes: ReadonlyMap<number, number>): Shape {
  return shape.map((size) => sizes.get(size) ?? size);
}

/** A program on `cpu`: states are host memory, read and written where they lie. */
export class HostProgram implements Program {
  readonly signature: Signature;
  readonly #session: InferenceSession;
  readonly #state: DeviceState;
  readonly #outputs = new Map<string, HostTensor>();
  /** Those whose shapes a run decides, as the last run had them. */
  readonly #free = new Map<string, HostTensor>();
  /** Updates that can not be written over the state while it is still being read. */
  readonly #staged = new Map<string, HostTensor>();
  readonly #fetches: Record<string, OrtTensor> = {};

  constructor(signature: Signature, session: InferenceSession, state: DeviceState) {
    this.signature = signature;
    this.#session = session;
    this.#state = state;
    const { outputs = {}, updates = new Map<string, Tensor>() } = signature.source;
    for (const [name, { dtype, shape }] of Object.entries(outputs)) {
      if (shape.some((size) => FREE_SIZES.has(size))) continue; // made once its size is known
      const host = allocateHost(dtype, shape);
      this.#outputs.set(name, host);
      this.#fetches[name] = wrap(host);
    }
    for (const [name, tensor] of updates) {
      if (writableInPlace(name, tensor, updates, outputs)) {
        this.#fetches[updateName(name)] = state.tensor(name);
      } else {
        const host = allocateHost(tensor.dtype, tensor.shape);
        this.#staged.set(name, host);
        this.#fetches[updateName(name)] = wrap(host);
      }
    }
  }

  async run(feeds: Readonly<Record<string, HostData>>): Promise<Results> {
    const inputs = feedTensors(this.signature, feeds);
    for (const name of this.signature.states) inputs[name] = this.#state.tensor(name);
    const free = this.#freeOutputs(feeds);
    const fetches = Object.fromEntries(Array.from(free, ([name, host]) => [name, wrap(host)]));
    await runInto(this.#session, inputs, { ...this.#fetches, ...fetches });
    for (const [name, { data }] of this.#staged) this.#state.view(name)!.set(data as never);
    return Object.fromEntries([...this.#outputs, ...free]);
  }

  /** Outputs whose shapes the feeds decide; made anew only where the last run had others. */
  #freeOutputs(feeds: Readonly<Record<string, HostData>>): ReadonlyMap<string, HostTensor> {
    const { source, feeds: types } = this.signature;
    const outputs = Object.entries(source.outputs ?? {}).filter(([name]) => !this.#outputs.has(name));
    if (outputs.length === 0) return this.#free;
    const sizes = freeSizes(types, feeds);
    for (const [name, { dtype, shape }] of outputs) {
      const wanted = atRun(shape, sizes);
      if (this.#free.get(name)?.shape.join() !== wanted.join())
        this.#free.set(name, allocateHost(dtype, wanted));
    }
    return this.#free;
  }

  async dispose(): Promise<void> {
    await closeSession(this.#session);
  }
}

/** Ops of one ONNX node that read element i before they write element i, or that write in place by design. */
const IN_PLACE_OPS = new Set(['add', 'sub', 'mul', 'div', 'cachedAttention']);

/**
 * Whether a state's new value may be written over the old one during the run: everything that reads the old
 * value must have run before the write, which holds for what the new value is made from and for its own node.
 */
function writableInPlace(
  name: string,
  value: Tensor,
  updates: ReadonlyMap<string, Tensor>,
  outputs: Readonly<Record<string, Tensor>>,
): boolean {
  const { graph } = value;
  const old = graph.states.get(name);
  if (old === undefined) return true;
  if (value === old) return false;
  const made = new Set<Node>(liveNodes(graph, [value]));
  const all = liveNodes(graph, [...updates.values(), ...Object.values(outputs)]);
  const readers = all.filter((node) => node.inputs.includes(old));
  const fetchedItself = [...updates.values(), ...Object.values(outputs)].includes(old);
  const readByWriter = value.node.inputs.includes(old);
  return (
    !fetchedItself &&
    readers.every((node) => made.has(node)) &&
    (!readByWriter || IN_PLACE_OPS.has(value.node.op.name))
  );
}

/** A program on a GPU: new states are new device tensors, which take the place of the old ones. */
export class DeviceProgram implements Program {
  readonly signature: Signature;
  readonly #session: InferenceSession;
  readonly #state: DeviceState;

  constructor(signature: Signature, session: InferenceSession, state: DeviceState) {
    this.signature = signature;
    this.#session = session;
    this.#state = state;
  }

  async run(feeds: Readonly<Record<string, HostData>>): Promise<Results> {
    const { outputs = {}, updates = new Map<string, Tensor>() } = this.signature.source;
    const inputs = feedTensors(this.signature, feeds);
    for (const name of this.signature.states) inputs[name] = this.#state.tensor(name);
    let results: Awaited<ReturnType<InferenceSession['run']>>;
    try {
      results = await this.#session.run(inputs);
    } catch (error) {
      throw runError(error);
    }
    for (const name of updates.keys()) this.#state.replace(name, results[updateName(name)]!);
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { dtype, shape }]) => [
        name,
        { dtype, shape, data: results[name]!.data as HostData },
      ]),
    );
  }

  async dispose(): Promise<void> {
    await closeSession(this.#session);
  }
}
