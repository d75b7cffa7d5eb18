/** By what the weights of a base model are known. */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { throwIfCancelled } from '../base/errors.ts';
import type { TensorSource } from './source.ts';
import { folderVersion } from './version.ts';

/** Computes {@link weightsHash} piece by piece, and tells the bytes of each. */
function* hashing(source: TensorSource): Generator<number, string> {
  const hash = createHash('sha256');
  for (const name of source.names) {
    const { dtype, shape } = source.info(name);
    hash.update(`${name} ${dtype} ${shape.join()}\n`);
    for (const chunk of source.chunks(name)) {
      hash.update(chunk);
      yield chunk.byteLength;
    }
  }
  return hash.digest('hex');
}

/** SHA-256 of all tensors by their names, types and bytes: the same however they are spread over files. */
export function weightsHash(source: TensorSource): string {
  const pieces = hashing(source);
  for (;;) {
    const { done, value } = pieces.next();
    if (done === true) return value;
  }
}

/** Bytes that are hashed in a few milliseconds: what others may have to wait. */
const BREATH = 4 << 20;

/** As {@link weightsHash}, but lets the event loop serve others meanwhile. Throws `cancelled`. */
export async function weightsHashInTurns(source: TensorSource, signal?: AbortSignal): Promise<string> {
  const pieces = hashing(source);
  for (let bytes = 0; ;) {
    const { done, value } = pieces.next();
    if (done === true) return value;
    bytes += value;
    if (bytes < BREATH) continue;
    bytes = 0;
    await setImmediate();
    throwIfCancelled(signal);
  }
}

/** The hash of each model that this process has read, by its files: gigabytes are not to be read twice for it. */
const knownHashes = new Map<string, string>();

/**
 * As {@link weightsHash}, computed once for the same files. `version` is the folder's (version.ts) from before its tensors were
 * opened: if others came meanwhile, nothing is known of those. `folder` is its name, not what a writer has put aside of it.
 */
export function knownHash(folder: string, tensors: TensorSource, version: string | undefined): string {
  return known(version) ?? remembered(weightsHash(tensors), folder, version);
}

/** As {@link knownHash}, but lets the event loop serve others meanwhile. Throws `cancelled`. */
export async function knownHashInTurns(
  folder: string,
  tensors: TensorSource,
  version: string | undefined,
  signal?: AbortSignal,
): Promise<string> {
  return known(version) ?? remembered(await weightsHashInTurns(tensors, signal), folder, version);
}

function known(version: string | undefined): string | undefined {
  return version === undefined ? undefined : knownHashes.get(version);
}

function remembered(hash: string, folder: string, version: string | undefined): string {
  if (version !== undefined && version === folderVersion(folder)) knownHashes.set(version, hash);
  return hash;
}
