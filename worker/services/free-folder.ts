import { existsSync, readdirSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';
import { ClozeError } from '../base/errors.ts';
import { realPath } from '../base/real-path.ts';

/** Throws `usage` for a path within one of `sources`, which stay as they are whatever is forced. */
export function requireOutside(path: string, sources: readonly string[]): void {
  const target = realPath(path);
  if (!sources.some((own) => isWithin(realPath(own), target))) return;
  throw new ClozeError('usage', `${path} is in the model's own folder`, { hint: 'choose another one' });
}

/**
 * Throws `usage` unless a model may be written to a folder: it is not within one of `sources`, and empty or not there,
 * unless `force`.
 */
export function requireFree(folder: string, sources: readonly string[], force: boolean): void {
  requireOutside(folder, sources);
  if (force || !existsSync(folder) || readdirSync(folder).length === 0) return;
  throw new ClozeError('usage', `${folder} is there already, and not empty`, {
    hint: 'choose another folder, or replace it with --force',
    details: { folder },
  });
}

/** Whether a path is a folder or within it; on Windows there is no way from one drive to another. */
function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !/^\.\.[\\/]/.test(way) && !isAbsolute(way);
}
