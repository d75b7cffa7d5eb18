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

/** What an adapter's folder was opened from. Its tensors close both. */
export interface Adapted {
  readonly adapter: StoredAdapter;
  readonly base: ModelFolder;
  /** Throws `checkpoint` if the base is not the one that the adapter was trained on. */
  readonly requireBase: () => void;
}

/**
 * Opens an adapter's folder as the merged model. A config.json of its own, which names a head that the base has not,
 * stands for the base's. Throws `checkpoint` if the base is not there or has other shapes; reading a tensor does if it is not the
 * one that was trained on.
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
      const requireBase = (): void => requireSameBase(adapter, base, { path: basePath, version });
      return {
        ...base,
        path,
        config: existsSync(ownConfig) ? readConfig(ownConfig) : base.config,
        tensors: new MergedTensors(base.tensors, adapter, requireBase),
        adapted: { adapter, base, requireBase },
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

function requireSameBase(
  { path, baseHash }: StoredAdapter,
  base: ModelFolder,
  named: { readonly path: string; readonly version: string | undefined },
): void {
  if (baseHash === undefined) return;
  const got = knownHash(named.path, base.tensors, named.version);
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
