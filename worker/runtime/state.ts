/** Values that live on a device between runs: parameters, moments, caches. */
import { ClozeError } from '../base/errors.ts';
import { type DType, describe, type Shape, type ValueType } from '../graph/tensor.ts';
import { allocateHost, type HostData, type HostTensor, type OrtTensor, wrap } from './session.ts';
import type { Transfer } from './transfer.ts';

/** Where the bytes of a value are in a file. */
export interface FilePlace {
  readonly path: string;
  readonly offset: number;
}

interface Entry {
  readonly type: ValueType;
  tensor: OrtTensor;
  /** On `cpu`: the memory that `tensor` wraps. */
  readonly host: HostTensor | undefined;
}

/** Named values on one device. Programs that read or write the same names share them. */
export class DeviceState {
  readonly #transfer: Transfer | undefined;
  readonly #entries = new Map<string, Entry>();
  readonly #placed = new Map<string, { readonly type: ValueType; readonly place: FilePlace }>();

  /** `transfer` moves data to and from a GPU; without one the state is in the host's memory. */
  constructor(transfer: Transfer | undefined) {
    this.#transfer = transfer;
  }

  get names(): string[] {
    return [...this.#entries.keys()];
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  type(name: string): ValueType {
    return this.#entry(name).type;
  }

  /** Makes a zeroed value. */
  async allocate(name: string, dtype: DType, shape: Shape): Promise<void> {
    await this.#adopt(name, allocateHost(dtype, shape));
  }

  /** Makes a value of memory that its owner goes on using. `cpu` only. */
  share(name: string, host: HostTensor): void {
    if (this.#transfer !== undefined)
      throw new ClozeError('graph', 'memory can be shared on the cpu provider only');
    this.#put(name, host);
  }

  /**
   * Names a value that lies in a file, which must stay as it is until the programs that have it frozen are compiled: ONNX
   * Runtime maps it, and keeps what it packs. Nothing else can be done with it.
   */
  refer(name: string, type: ValueType, place: FilePlace): void {
    this.#placed.set(name, { type, place });
  }

  /** Where a value of {@link refer} is. */
  place(name: string): FilePlace | undefined {
    return this.#placed.get(name)?.place;
  }

  /** Lets `other` name the value too: the same memory, or the same place. `cpu` only. */
  lend(name: string, other: DeviceState, as: string): void {
    const placed = this.#placed.get(name);
    if (placed === undefined) other.share(as, { ...this.type(name), data: this.view(name)! });
    else other.refer(as, placed.type, placed.place);
  }

  /** Sets a value, making it if it is new. The data is copied. */
  async write(name: string, value: HostTensor): Promise<void> {
    const known = this.#entries.get(name);
    if (known !== undefined && describe(known.type) !== describe(value)) {
      throw new ClozeError('graph', `state '${name}' is ${describe(known.type)}, got ${describe(value)}`);
    }
    if (known?.host !== undefined) known.host.data.set(value.data as never);
    else await this.#adopt(name, { ...value, data: value.data.slice() });
  }

  /** A copy of a value in the host's memory. */
  async read(name: string): Promise<HostTensor> {
    const { type, tensor, host } = this.#entry(name);
    const data: HostData =
      host === undefined ? await this.#transfer!.download(tensor, type) : host.data.slice();
    return { ...type, data };
  }

  /** The live memory of a value on `cpu`; undefined on a GPU. */
  view(name: string): HostData | undefined {
    return this.#entry(name).host?.data;
  }

  /** A float32 value: the memory itself on `cpu`, a copy of it from a GPU. Throws `graph` for another type. */
  async float32(name: string): Promise<Float32Array> {
    const data = this.view(name) ?? (await this.read(name)).data;
    if (data instanceof Float32Array) return data;
    throw new ClozeError('graph', `state '${name}' is not float32`);
  }

  /** For programs: the tensor to feed. */
  tensor(name: string): OrtTensor {
    return this.#entry(name).tensor;
  }

  /** For programs: takes over what a run has produced, and releases what it replaces. */
  replace(name: string, tensor: OrtTensor): void {
    const entry = this.#entry(name);
    entry.tensor.dispose();
    entry.tensor = tensor;
  }

  delete(name: string): void {
    this.#entries.get(name)?.tensor.dispose();
    this.#entries.delete(name);
  }

  dispose(): void {
    for (const name of this.names) this.delete(name);
  }

  async #adopt(name: string, value: HostTensor): Promise<void> {
    if (this.#transfer === undefined) {
      this.#put(name, value);
      return;
    }
    const tensor = await this.#transfer.upload(value);
    this.#entries.get(name)?.tensor.dispose();
    this.#entries.set(name, { type: { dtype: value.dtype, shape: value.shape }, tensor, host: undefined });
  }

  #put(name: string, host: HostTensor): void {
    this.#entries.set(name, { type: { dtype: host.dtype, shape: host.shape }, tensor: wrap(host), host });
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new ClozeError('graph', `there is no state '${name}' on the device`);
    return entry;
  }
}
