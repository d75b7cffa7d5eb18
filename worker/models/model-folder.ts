import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ClozeError } from '../base/errors.ts';
import { hasReplaceable } from '../checkpoints/replace.ts';
import { folderVersion } from '../checkpoints/version.ts';
import { isPresetName } from './presets.ts';

/** Where a run says what it is (training/record.ts). */
export const RUN_FILE = 'run.json';

/**
 * The model that a folder stands for: a run folder has its best checkpoint, or else its last; any other is itself.
 * Throws `usage` if there is no such folder, or the run has no checkpoint yet.
 */
export function modelFolder(folder: string): string {
  if (hasReplaceable(folder)) {
    const checkpoints = ['best', 'last'].map((name) => join(folder, 'checkpoints', name));
    const found = checkpoints.find(hasReplaceable);
    if (found === undefined && existsSync(join(folder, RUN_FILE))) throw withoutCheckpoint(folder);
    return found ?? folder;
  }
  throw new ClozeError('usage', `expected a model folder, got ${folder}, which is not there`, {
    hint: isPresetName(folder)
      ? `${folder} is a preset: it has no weights until training has made some`
      : 'give the folder that holds config.json and model.safetensors, or that of a training run',
    details: { folder },
  });
}

function withoutCheckpoint(folder: string): ClozeError {
  return new ClozeError('usage', `the run ${folder} has no checkpoint yet`, {
    hint: 'wait for its first evaluation or checkpoint; if it does not train, `cloze resume` goes on with it',
    details: { folder },
  });
}

/** As {@link folderVersion}, of the model that a folder stands for; undefined where there is none. */
export function modelVersion(model: string): string | undefined {
  try {
    return folderVersion(modelFolder(model));
  } catch (error) {
    if (error instanceof ClozeError) return undefined;
    throw error;
  }
}
