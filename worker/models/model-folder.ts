import { join } from 'node:path';
import { ClozeError } from '../base/errors.ts';
import { hasReplaceable } from '../checkpoints/replace.ts';
import { isPresetName } from './presets.ts';

/**
 * The model that a folder stands for: a run folder has its best checkpoint, or else its last; any other is itself.
 * Throws `usage` if there is no such folder.
 */
export function modelFolder(folder: string): string {
  if (hasReplaceable(folder)) {
    const checkpoints = ['best', 'last'].map((name) => join(folder, 'checkpoints', name));
    return checkpoints.find(hasReplaceable) ?? folder;
  }
  throw new ClozeError('usage', `expected a model folder, got ${folder}, which is not there`, {
    hint: isPresetName(folder)
      ? `${folder} is a preset: it has no weights until \`cloze train\` has made some`
      : `give the folder that holds config.json and model.safetensors, or one that \`cloze train --out\` made`,
    details: { folder },
  });
}
