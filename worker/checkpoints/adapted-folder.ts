/** An adapter's folder with its base: it reads as the model that the two make. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ClozeError } from '../base/errors.ts';
import type { ModelFolder } from './folder.ts';
import { MergedTensors } from './merged.ts';
import { basePathOf, openAdapter, type StoredAdapter } from './peft.ts';
import { hasReplaceable } from './replace.ts';
import { folderVersion } from './version.ts';
import { knownHash } from './weights-hash.ts';

/**
 * Opens an adapter's folder as the merged model. A config.json of its own, which names a head that the base has not,
 * stands for the base's. Throws `checkpoint` if the base is not there; reading a tensor does if it is not the one that
 * was trained on.
 */
export function openAdapted(
  path: string,
  open: (folder: string) => ModelFolder,
  readConfig: (path: string) => ModelFolder['config'],
): ModelFolder {
  const adapter = openAdapter(path);
  try {
    const basePath = basePathOf(adapter);
    if (!hasReplaceable(basePath)) throw withoutBase(path, adapter.config.base_model_name_or_path);
    const version = folderVersion(basePath);
    const base = open(basePath);
    try {
      const ownConfig = join(path, 'config.json');
      return {
        ...base,
        path,
        config: existsSync(ownConfig) ? readConfig(ownConfig) : base.config,
        tensors: new MergedTensors(base.tensors, adapter, () => requireSameBase(adapter, base, version)),
      };
    } catch (error) {
      base.tensors.close();
      throw error;
    }
  } catch (error) {
    adapter.file.close();
    throw error;
  }
}

/** Opens an adapter's file once its base is known to be the one that it was trained on. Throws `checkpoint`. */
export function openAdapterOfBase(path: string, open: (folder: string) => ModelFolder): StoredAdapter {
  const adapter = openAdapter(path);
  try {
    const basePath = basePathOf(adapter);
    if (!hasReplaceable(basePath)) throw withoutBase(path, adapter.config.base_model_name_or_path);
    const version = folderVersion(basePath);
    const base = open(basePath);
    try {
      const requireBase = (): void => requireSameBase(adapter, base, version);
      new MergedTensors(base.tensors, adapter, requireBase); // refuses layers of other shapes
      requireBase();
      return adapter;
    } finally {
      base.tensors.close();
    }
  } catch (error) {
    adapter.file.close();
    throw error;
  }
}

function requireSameBase(
  { path, baseHash }: StoredAdapter,
  base: ModelFolder,
  version: string | undefined,
): void {
  if (baseHash === undefined) return;
  const got = knownHash(base.path, base.tensors, version);
  if (got === baseHash) return;
  throw new ClozeError(
    'checkpoint',
    `${path}: the adapter was trained on other weights than those of ${base.path}`,
    {
      hint: 'put the base model back as it was, name another of its checkpoints in adapter_config.json, or train the adapter anew',
      details: { path, base: base.path, expected: baseHash, got },
    },
  );
}

function withoutBase(path: string, named: string): ClozeError {
  return new ClozeError('checkpoint', `${path} is an adapter, and its base model ${named} is not there`, {
    hint: "put the base model there, or write where it is into base_model_name_or_path of adapter_config.json: a whole path, or one from the adapter's folder on",
    details: { path, base: named },
  });
}
