/** Mixtures of experts whose files have one tensor for all experts of a layer, as transformers 5 has them in memory. */
import type { TypedArray } from './dtypes.ts';
import { noSuchTensor, type TensorInfo, type TensorPlace, type TensorSource } from './source.ts';

/** Part of a stored tensor: the rows of one matrix of one expert. */
interface Part {
  readonly stored: string;
  /** Of the parts that a stored tensor has, one after another. */
  readonly index: number;
  readonly of: number;
  readonly info: TensorInfo;
}

const FUSED = /^(.*\.)mlp\.experts\.(gate_up_proj|down_proj)$/;

/** The matrices of each expert, in the order in which a fused tensor has them. */
const MATRICES: Readonly<Record<string, readonly string[]>> = {
  gate_up_proj: ['w1', 'w3'],
  down_proj: ['w2'],
};

/** The same tensors under the names of Mixtral's own files, `block_sparse_moe.experts.0.w1.weight`, where they are fused. */
export function withSeparateExperts(source: TensorSource): TensorSource {
  return source.names.some((name) => FUSED.test(name)) ? new SeparateExperts(source) : source;
}

class SeparateExperts implements TensorSource {
  readonly path: string;
  readonly names: readonly string[];
  readonly #source: TensorSource;
  readonly #parts = new Map<string, Part>();
  /** Stored names of whole tensors by their own. */
  readonly #whole = new Map<string, string>();
  readonly #typed: LastRead<TypedArray>;
  readonly #floats: LastRead<Float32Array>;

  constructor(source: TensorSource) {
    this.path = source.path;
    this.#source = source;
    this.#typed = new LastRead((stored) => source.readTyped(stored));
    this.#floats = new LastRead((stored) => source.readFloat32(stored));
    const layers = new Set(source.names.flatMap((name) => FUSED.exec(name)?.[1] ?? []));
    for (const stored of source.names) {
      const [, layer, kind] = FUSED.exec(stored) ?? [];
      if (layer !== undefined) this.#split(stored, layer, MATRICES[kind!]!);
      else this.#whole.set(routerName(stored, layers), stored);
    }
    this.names = [...this.#whole.keys(), ...this.#parts.keys()].sort();
  }

  #split(stored: string, layer: string, matrices: readonly string[]): void {
    const { dtype, shape, bytes } = this.#source.info(stored);
    const [experts = 0, rows = 0, columns = 0] = shape;
    const of = experts * matrices.length;
    for (let index = 0; index < of; index++) {
      const expert = Math.floor(index / matrices.length);
      const name = `${layer}block_sparse_moe.experts.${expert}.${matrices[index % matrices.length]!}.weight`;
      const info = { dtype, shape: [rows / matrices.length, columns], bytes: bytes / of };
      this.#parts.set(name, { stored, index, of, info });
    }
  }

  has(name: string): boolean {
    return this.#parts.has(name) || this.#whole.has(name);
  }

  info(name: string): TensorInfo {
    return this.#parts.get(name)?.info ?? this.#source.info(this.#stored(name));
  }

  /** Parts of one tensor lie one behind the other. */
  place(name: string): TensorPlace | undefined {
    const part = this.#parts.get(name);
    if (part === undefined) return this.#source.place(this.#stored(name));
    const whole = this.#source.place(part.stored);
    return whole && { path: whole.path, offset: whole.offset + part.index * part.info.bytes };
  }

  *chunks(name: string): Generator<Uint8Array> {
    const part = this.#parts.get(name);
    if (part === undefined) {
      yield* this.#source.chunks(this.#stored(name));
      return;
    }
    const { buffer, byteOffset, byteLength } = this.#typed.slice(part);
    yield new Uint8Array(buffer, byteOffset, byteLength);
  }

  readTyped(name: string): TypedArray {
    const part = this.#parts.get(name);
    return part === undefined ? this.#source.readTyped(this.#stored(name)) : this.#typed.slice(part);
  }

  readFloat32(name: string): Float32Array {
    const part = this.#parts.get(name);
    return part === undefined ? this.#source.readFloat32(this.#stored(name)) : this.#floats.slice(part);
  }

  close(): void {
    this.#source.close();
  }

  #stored(name: string): string {
    const stored = this.#whole.get(name);
    if (stored === undefined) throw noSuchTensor(this.path, name);
    return stored;
  }
}

/** Keeps the two tensors that were read last: those of a layer, whose parts are asked for in turn. */
class LastRead<Values extends TypedArray> {
  readonly #read: (stored: string) => Values;
  readonly #last = new Map<string, Values>();

  constructor(read: (stored: string) => Values) {
    this.#read = read;
  }

  /** A copy of one part. */
  slice({ stored, index, of }: Part): Values {
    const values = this.#last.get(stored) ?? this.#read(stored);
    this.#last.set(stored, values);
    if (this.#last.size > 2) this.#last.delete(this.#last.keys().next().value!);
    const size = values.length / of;
    return values.slice(index * size, (index + 1) * size) as Values;
  }
}

/** A router is beside the experts: `mlp.gate` there. */
function routerName(stored: string, layers: ReadonlySet<string>): string {
  const [, layer] = /^(.*\.)mlp\.gate\.weight$/.exec(stored) ?? [];
  return layer !== undefined && layers.has(layer) ? `${layer}block_sparse_moe.gate.weight` : stored;
}
