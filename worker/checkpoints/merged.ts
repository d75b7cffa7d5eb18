import { ClozeError } from '../base/errors.ts';
import type { TypedArray } from './dtypes.ts';
import { loraName, PEFT_PREFIX, type StoredAdapter } from './peft.ts';
import { floatTensor } from './safetensors.ts';
import type { TensorInfo, TensorSource } from './source.ts';

/**
 * The tensors of a base model with an adapter in them: W + scale B A where it adapts, its own where it keeps a module
 * whole, the base's elsewhere. Reads like any other file. Throws `checkpoint` if the adapter is for another base.
 */
export class MergedTensors implements TensorSource {
  readonly path: string;
  readonly names: readonly string[];
  readonly required: readonly string[];
  readonly #base: TensorSource;
  readonly #adapter: StoredAdapter;
  readonly #requireBase: () => void;
  #isRequired = false;
  /** Modules that are adapted, by the base's name of their weight. */
  readonly #adapted = new Map<string, string>();
  /** Stored names of parameters that the adapter keeps whole, by the base's name, or their own where it has none. */
  readonly #saved = new Map<string, string>();

  /** `requireBase` throws if the base is another than the adapter's: asked once, before a tensor is read. */
  constructor(base: TensorSource, adapter: StoredAdapter, requireBase: () => void) {
    this.#requireBase = requireBase;
    this.path = adapter.path;
    this.#base = base;
    this.#adapter = adapter;
    for (const module of adapter.layers.keys()) this.#adapted.set(this.#weightOf(module), module);
    for (const name of adapter.saved.keys()) this.#saved.set(nameIn(base, name), PEFT_PREFIX + name);
    this.required = [...this.#adapted.keys(), ...this.#saved.keys()];
    this.names = [...new Set([...base.names, ...this.#saved.keys()])].sort();
  }

  has(name: string): boolean {
    return this.#saved.has(name) || this.#base.has(name);
  }

  info(name: string): TensorInfo {
    const saved = this.#saved.get(name);
    if (saved !== undefined) return this.#adapter.file.info(saved);
    const info = this.#base.info(name);
    if (!this.#adapted.has(name)) return info;
    const bytes = 4 * info.shape.reduce((product, size) => product * size, 1);
    return { dtype: 'F32', shape: info.shape, bytes };
  }

  *chunks(name: string): Generator<Uint8Array> {
    if (this.#adapted.has(name)) yield* floatTensor(this.info(name).shape, this.readFloat32(name)).chunks();
    else yield* this.#whole(name, (source, stored) => source.chunks(stored));
  }

  readTyped(name: string): TypedArray {
    if (this.#adapted.has(name)) return this.readFloat32(name);
    return this.#whole(name, (source, stored) => source.readTyped(stored));
  }

  readFloat32(name: string): Float32Array {
    const module = this.#adapted.get(name);
    const weight = this.#whole(name, (source, stored) => source.readFloat32(stored));
    return module === undefined ? weight : addProduct(weight, module, this.#adapter);
  }

  /** Not even those that the adapter leaves alone: what is read together should lie together. */
  place(): undefined {
    return undefined;
  }

  close(): void {
    this.#base.close();
    this.#adapter.file.close();
  }

  #whole<T>(name: string, read: (source: TensorSource, stored: string) => T): T {
    if (!this.#isRequired) this.#requireBase();
    this.#isRequired = true;
    const saved = this.#saved.get(name);
    return saved === undefined ? read(this.#base, name) : read(this.#adapter.file, saved);
  }

  /** The base's name of a module's weight, which must have the adapter's size. */
  #weightOf(module: string): string {
    const name = nameIn(this.#base, `${module}.weight`);
    const { input, output } = this.#adapter.layers.get(module)!;
    const expected = this.#adapter.config.fan_in_fan_out ? [input, output] : [output, input];
    const got = this.#base.has(name) ? this.#base.info(name).shape : undefined;
    if (got?.join() === expected.join()) return name;
    const has = got === undefined ? 'which has none' : `where it is [${got.join(', ')}]`;
    throw new ClozeError(
      'checkpoint',
      `${this.path}: the adapter is for ${module} of [${expected.join(', ')}] in ${this.#base.path}, ${has}`,
      {
        hint: 'the adapter belongs to another base model',
        details: { path: this.path, base: this.#base.path, module, expected, got },
      },
    );
  }
}

/** The name that a file has for a parameter: files of the bare stack leave the prefix out. */
export function nameIn(source: TensorSource, name: string): string {
  const bare = name.slice(name.indexOf('.') + 1);
  return !source.has(name) && source.has(bare) ? bare : name;
}

/** weight + scale B A, in the weight's own memory. */
function addProduct(
  weight: Float32Array,
  module: string,
  { layers, config, file }: StoredAdapter,
): Float32Array {
  const { rank, input, output, scale } = layers.get(module)!;
  const a = file.readFloat32(loraName(module, 'A')); // [R, in]
  const b = file.readFloat32(loraName(module, 'B')); // [out, R]
  const [toRow, toColumn] = config.fan_in_fan_out ? [1, output] : [input, 1];
  for (let row = 0; row < output; row++) {
    for (let r = 0; r < rank; r++) {
      const factor = scale * b[row * rank + r]!;
      if (factor === 0) continue;
      for (let column = 0; column < input; column++)
        weight[row * toRow + column * toColumn]! += factor * a[r * input + column]!;
    }
  }
  return weight;
}
