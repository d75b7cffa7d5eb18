/** An adapter's folder with its base: it reads as the model that the two make. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ClozeError } from '../base/errors.ts';
import type { ModelFolder } from './folder.ts';
import { MergedTensors } from './merged.ts';
import { basePathOf, isAdapterFolder, openAdapter, type StoredAdapter } from './peft.ts';
import { hasReplaceable } from './replace.ts';
import type { TensorSource } from './source.ts';

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
    const version = versionOf(basePath);
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

/** The hash of each base that this process has read, by its files: switching between adapters must not cost one. */
const knownHashes = new Map<string, string>();

/** Changes with the files of a plain model's folder; undefined for an adapter's, whose base is not among them. */
function versionOf(folder: string): string | undefined {
  if (isAdapterFolder(folder) || !existsSync(folder)) return undefined;
  const files = readdirSync(folder).filter((name) => /^model.*\.safetensors$/.test(name));
  const versions = files.map((name) => {
    const { size, mtimeMs, ino } = statSync(join(folder, name));
    return [name, size, mtimeMs, ino].join(':');
  });
  return [folder, ...versions].join('\n');
}

/** `version` is that of the files from before they were opened: if others came meanwhile, nothing is known of those. */
function hashOf({ path, tensors }: ModelFolder, version: string | undefined): string {
  const known = version === undefined ? undefined : knownHashes.get(version);
  if (known !== undefined) return known;
  const hash = weightsHash(tensors);
  if (version !== undefined && version === versionOf(path)) knownHashes.set(version, hash);
  return hash;
}

function requireSameBase(
  { path, baseHash }: StoredAdapter,
  base: ModelFolder,
  version: string | undefined,
): void {
  if (baseHash === undefined) return;
  const got = hashOf(base, version);
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
