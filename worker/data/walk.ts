import type { Dirent } from 'node:fs';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { IgnoreRules } from './gitignore.ts';
import { isInstalled, isVendoredFolder } from './names.ts';
import type { Reason } from './reasons.ts';

/** A file to look into, or something that was left out without looking. */
export interface Found {
  readonly path: string;
  readonly isFolder: boolean;
  readonly reason?: Reason;
}

/**
 * Everything below a folder, depth first, names in code unit order: files, and what .gitignore files, vendored
 * folders, runs and models, symbolic links and unreadable folders leave out. Never follows a link, so it always ends.
 */
export function* walk(folder: string): Generator<Found> {
  yield* walkFolder(folder, IgnoreRules.for(folder), isInstalled(folder));
}

function* walkFolder(folder: string, rules: IgnoreRules, installed: boolean, depth = 0): Generator<Found> {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    yield { path: folder, isFolder: true, reason: 'unreadable' };
    return;
  }
  if (depth > 0 && isRunOrModel(entries)) {
    yield { path: folder, isFolder: true, reason: 'model' };
    return;
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    const isFolder = entry.isDirectory();
    if (isFolder && isVendoredFolder(entry.name, installed)) yield { path, isFolder, reason: 'vendored' };
    else if (rules.ignores(path, isFolder)) yield { path, isFolder, reason: 'ignored' };
    else if (entry.isSymbolicLink()) yield { path, isFolder, reason: 'symlink' };
    else if (isFolder) yield* walkFolder(path, rules.enter(path), installed, depth + 1);
    else yield { path, isFolder };
  }
}

/** A run's folder or a model's: what training writes must not become what it reads. */
function isRunOrModel(entries: readonly Dirent[]): boolean {
  const names = new Set(entries.map(({ name }) => name));
  return (
    (names.has('run.json') && names.has('tokenizer')) ||
    (names.has('config.json') && names.has('model.safetensors'))
  );
}
