/** What tells the files of a model from others that were put in their place. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ClozeError, systemCode } from '../base/errors.ts';
import { ADAPTER_CONFIG, baseChain } from './peft.ts';
import { completeFolder } from './replace.ts';

/**
 * Another text as soon as the files of a model's folder are others, or of an adapter those of its base; undefined where they
 * make no model. While the folder is being replaced it is that of what readers get.
 */
export function folderVersion(folder: string): string | undefined {
  try {
    return baseChain(folder).map(filesOf).join('\n');
  } catch (error) {
    if (error instanceof ClozeError || systemCode(error) !== undefined) return undefined;
    throw error;
  }
}

/** Throws `checkpoint` if they make no model. */
function filesOf(folder: string): string {
  const path = completeFolder(folder);
  const names = readdirSync(path).filter((name) => /^(adapter_)?config\.json$|\.safetensors$/.test(name));
  const config = names.includes(ADAPTER_CONFIG) ? ADAPTER_CONFIG : 'config.json';
  if (!names.includes(config) || names.length === 1)
    throw new ClozeError('checkpoint', `${folder} is no model`);
  const files = names.sort().map((name) => {
    const { size, mtimeMs, ino } = statSync(join(path, name));
    return [name, size, mtimeMs, ino].join(':');
  });
  return [folder, ...files].join('\n');
}
