import { join } from 'node:path';
import { hasReplaceable } from '../checkpoints/replace.ts';

/** The model that a folder stands for: a run folder has its best checkpoint, or else its last; any other is itself. */
export function modelFolder(folder: string): string {
  const checkpoints = ['best', 'last'].map((name) => join(folder, 'checkpoints', name));
  return checkpoints.find(hasReplaceable) ?? folder;
}
