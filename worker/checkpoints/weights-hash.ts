/** By what the weights of a base model are known. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { TensorSource } from './source.ts';

/** SHA-256 of all tensors by their names, types and bytes: the same however they are spread over files. */
export function weightsHash(source: TensorSource): string {
  const hash = createHash('sha256');
  for (const name of source.names) {
    const { dtype, shape } = source.info(name);
    hash.update(`${name} ${dtype} ${shape.join()}\n`);
    for (const chunk of source.chunks(name)) hash.update(chunk);
  }
  return hash.digest('hex');
}

/** The hash of each model that this process has read, by its files: gigabytes are not to be read twice for it. */
const knownHashes = new Map<string, string>();

/** Changes with the files of a plain model's folder; undefined where there are none, as in an adapter's. */
export function weightsVersion(folder: string): string | undefined {
  if (!existsSync(folder)) return undefined;
  const files = readdirSync(folder).filter((name) => /^model.*\.safetensors$/.test(name));
  if (files.length === 0) return undefined;
  const versions = files.map((name) => {
    const { size, mtimeMs, ino } = statSync(join(folder, name));
    return [name, size, mtimeMs, ino].join(':');
  });
  return [folder, ...versions].join('\n');
}

/**
 * As {@link weightsHash}, computed once for the same files. `version` is that of the folder from before its tensors were
 * opened: if others came meanwhile, nothing is known of those.
 */
export function knownHash(folder: string, tensors: TensorSource, version: string | undefined): string {
  const known = version === undefined ? undefined : knownHashes.get(version);
  if (known !== undefined) return known;
  const hash = weightsHash(tensors);
  if (version !== undefined && version === weightsVersion(folder)) knownHashes.set(version, hash);
  return hash;
}
