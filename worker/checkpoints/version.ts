/** What tells the files of a model from others that were put in their place. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ClozeError, systemCode } from '../base/errors.ts';
import { realPath } from '../base/real-path.ts';
import { TOKENIZER_FILES } from '../base/tokenizer-file-names.ts';
import { ADAPTER_CONFIG, baseChain } from './peft.ts';
import { completeFolder } from './replace.ts';

/**
 * Another text as soon as the files of a model's folder are others, or of an adapter those of its base; undefined where they
 * make no model. While the folder is being replaced it is that of what readers get. The same by whatever links it is reached.
 */
export function folderVersion(folder: string): string | undefined {
  try {
    return baseChain(folder).map(filesOf).join('\n');
  } catch (error) {
    if (error instanceof ClozeError || systemCode(error) !== undefined) return undefined;
    throw error;
  }
}

const DESCRIPTIONS: readonly string[] = [
  ADAPTER_CONFIG,
  'config.json',
  'generation_config.json',
  ...TOKENIZER_FILES,
];

const isWeights = (name: string): boolean => name.endsWith('.safetensors');

/** Throws `checkpoint` if they make no model. */
function filesOf(folder: string): string {
  const path = completeFolder(folder);
  const names = readdirSync(path).filter((name) => DESCRIPTIONS.includes(name) || isWeights(name));
  const config = names.includes(ADAPTER_CONFIG) ? ADAPTER_CONFIG : 'config.json';
  if (!names.includes(config) || !names.some(isWeights))
    throw new ClozeError('checkpoint', `${folder} is no model`);
  const files = names.sort().map((name) => {
    const { size, mtimeMs, ino } = statSync(join(path, name));
    return [name, size, mtimeMs, ino].join(':');
  });
  return [realPath(folder), ...files].join('\n');
}
