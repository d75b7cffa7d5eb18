import { join } from 'node:path';
import { hasReplaceable } from '../checkpoints/replace.ts';
import { modelFolder } from '../models/model-folder.ts';

/**
 * The folder to inspect: of a run folder its last checkpoint, which is there while the run trains; of any other the
 * model that it stands for. Throws `usage` if there is no such folder.
 */
export function lastCheckpoint(folder: string): string {
  const last = join(folder, 'checkpoints', 'last');
  return hasReplaceable(last) ? last : modelFolder(folder);
}
