import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { ClozeError, messageOf } from '../base/errors.ts';
import { checked } from '../base/checked.ts';
import { writePartsAtomicSync } from '../base/files.ts';
import type { TypedArray } from './dtypes.ts';
import { duplicateKey } from './duplicate-key.ts';
import type { TensorData } from './safetensors.ts';
import { SafetensorsFile, writeSafetensors } from './safetensors.ts';
import type { TensorInfo, TensorPlace, TensorSource } from './source.ts';
import { noSuchTensor } from './source.ts';

export const SINGLE_FILE = 'model.safetensors';
export const INDEX_FILE = 'model.safetensors.index.json';

/** Hugging Face's default limit of one file. */
const MAX_SHARD_BYTES = 5_000_000_000;

const IndexSchema = z.looseObject({
  weight_map: z.record(
    z.string(),
    z.string().regex(/^[^/\\]+\.safetensors$/, 'expected a file name beside it'),
  ),
});

/** The tensors of all the files that a model.safetensors.index.json names. */
class ShardedTensors implements TensorSource {
  readonly path: string;
  readonly names: readonly string[];
  readonly #shardOf: ReadonlyMap<string, SafetensorsFile>;

  /** Throws `checkpoint` if the index, a shard or a tensor that the index promises is missing or not sound. */
  constructor(path: string) {
    this.path = path;
    const files = new Map<string, SafetensorsFile>();
    const shardOf = new Map<string, SafetensorsFile>();
    try {
      for (const [name, fileName] of readWeightMap(path)) {
        const file = files.get(fileName) ?? new SafetensorsFile(join(dirname(path), fileName));
        files.set(fileName, file);
        if (!file.has(name)) {
          throw new ClozeError(
            'checkpoint',
            `${path}: expected tensor ${name} in ${fileName}, which lacks it`,
            {
              details: { path, tensor: name, file: fileName },
            },
          );
        }
        shardOf.set(name, file);
      }
    } catch (error) {
      for (const file of files.values()) file.close();
      throw error;
    }
    this.#shardOf = shardOf;
    this.names = [...shardOf.keys()].sort();
  }

  has(name: string): boolean {
    return this.#shardOf.has(name);
  }

  info(name: string): TensorInfo {
    return this.#shard(name).info(name);
  }

  chunks(name: string): Iterable<Uint8Array> {
    return this.#shard(name).chunks(name);
  }

  readTyped(name: string): TypedArray {
    return this.#shard(name).readTyped(name);
  }

  readFloat32(name: string): Float32Array {
    return this.#shard(name).readFloat32(name);
  }

  place(name: string): TensorPlace | undefined {
    return this.#shard(name).place(name);
  }

  close(): void {
    for (const file of new Set(this.#shardOf.values())) file.close();
  }

  #shard(name: string): SafetensorsFile {
    const file = this.#shardOf.get(name);
    if (file === undefined) throw noSuchTensor(this.path, name);
    return file;
  }
}

/** The files that a model.safetensors.index.json names, each once. Throws `checkpoint`. */
export function shardsOf(path: string): string[] {
  return [...new Set(readWeightMap(path).values())].sort();
}

function readWeightMap(path: string): Map<string, string> {
  let json: unknown;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
    json = JSON.parse(text);
  } catch (error) {
    throw new ClozeError('checkpoint', `cannot read ${path}: ${messageOf(error)}`, {
      cause: error,
      details: { path },
    });
  }
  const twice = duplicateKey(text);
  if (twice !== undefined) throw new ClozeError('checkpoint', `${path} has the key ${twice} twice`);
  return new Map(Object.entries(checked(json, IndexSchema, path, 'checkpoint').weight_map));
}

/** Opens model.safetensors or, where there is none, the shards of the index. Throws `checkpoint`. */
export function openTensors(folder: string): TensorSource {
  const single = join(folder, SINGLE_FILE);
  return existsSync(single) ? new SafetensorsFile(single) : new ShardedTensors(join(folder, INDEX_FILE));
}

/**
 * Writes tensors as model.safetensors or, past `maxShardBytes`, as numbered shards and their index, with Hugging
 * Face's file names. A tensor is never split. Throws `disk`.
 */
export function writeTensors(
  folder: string,
  tensors: ReadonlyMap<string, TensorData>,
  maxShardBytes = MAX_SHARD_BYTES,
): void {
  const shards = planShards(tensors, maxShardBytes);
  if (shards.length === 1) {
    writeSafetensors(join(folder, SINGLE_FILE), tensors);
    return;
  }
  const weightMap: [string, string][] = [];
  let total = 0;
  for (const [index, shard] of shards.entries()) {
    const number = (n: number) => String(n).padStart(5, '0');
    const file = `model-${number(index + 1)}-of-${number(shards.length)}.safetensors`;
    writeSafetensors(join(folder, file), shard);
    for (const [name, { bytes }] of shard) {
      weightMap.push([name, file]);
      total += bytes;
    }
  }
  const index = { metadata: { total_size: total }, weight_map: Object.fromEntries(weightMap) };
  const text = `${JSON.stringify(index, undefined, 2)}\n`;
  writePartsAtomicSync(join(folder, INDEX_FILE), [new TextEncoder().encode(text)]);
}

/** Fills shards in order; a tensor larger than the limit has a shard to itself. At least one shard. */
function planShards(
  tensors: ReadonlyMap<string, TensorData>,
  maxBytes: number,
): ReadonlyMap<string, TensorData>[] {
  let shard = new Map<string, TensorData>();
  const shards = [shard];
  let bytes = 0;
  for (const [name, tensor] of tensors) {
    if (bytes + tensor.bytes > maxBytes && shard.size > 0) {
      shard = new Map();
      shards.push(shard);
      bytes = 0;
    }
    shard.set(name, tensor);
    bytes += tensor.bytes;
  }
  return shards;
}
