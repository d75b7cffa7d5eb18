import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ClozeError, messageOf, systemCode } from '../base/errors.ts';
import { diskError, syncFolder } from '../base/files.ts';
import { realPath } from '../base/real-path.ts';

/*
 * A folder is replaced as a whole: `.NAME.next` is filled and synced, NAME is renamed to `.NAME.previous`, `.NAME.next`
 * to NAME, and `.NAME.previous` is removed. At every moment NAME or `.NAME.previous` is a complete folder, and a
 * reader takes the first of them that is there. A link is followed: what it points to is replaced, and not the link.
 */

function beside(folder: string, role: 'next' | 'previous'): string {
  return join(dirname(folder), `.${basename(folder)}.${role}`);
}

/**
 * Fills a new folder and puts it in the place of `folder`, whole or not at all. One writer at a time.
 * `fill` gets the temporary folder, and must sync the files it writes there (base/files.ts does).
 * Entries of the old folder go with it; `mayRemove` says which of those that the new one lacks may.
 * Throws `disk`, or `usage` if something would be lost that may not.
 */
export function replaceFolder(
  folder: string,
  fill: (temporary: string) => void,
  mayRemove: (entry: string) => boolean,
): void {
  const target = realPath(folder);
  try {
    fill(prepareNext(target, mayRemove));
    putInPlace(target);
  } catch (error) {
    throw abandoned(folder, target, error);
  }
}

/** As {@link replaceFolder}, with others running while the new folder is filled. */
export async function replaceFolderAsync(
  folder: string,
  fill: (temporary: string) => Promise<void>,
  mayRemove: (entry: string) => boolean,
): Promise<void> {
  const target = realPath(folder);
  try {
    await fill(prepareNext(target, mayRemove));
    putInPlace(target);
  } catch (error) {
    throw abandoned(folder, target, error);
  }
}

/** The empty folder that is to be filled. */
function prepareNext(target: string, mayRemove: (entry: string) => boolean): string {
  const next = beside(target, 'next');
  mkdirSync(dirname(target), { recursive: true });
  clearInterrupted(target);
  requireReplaceable(target, mayRemove);
  mkdirSync(next);
  return next;
}

function putInPlace(target: string): void {
  const next = beside(target, 'next');
  syncFolder(next);
  swapIn(next, target);
}

/** Removes what was filled so far, and gives the error to throw. */
function abandoned(folder: string, target: string, error: unknown): unknown {
  rmSync(beside(target, 'next'), { recursive: true, force: true });
  return namingFolder(folder, error);
}

/** A failed write inside the temporary folder is told as one of the folder that the user named. */
function namingFolder(folder: string, error: unknown): unknown {
  if (error instanceof ClozeError) return error.code === 'disk' ? diskError(folder, error.cause) : error;
  return systemCode(error) === undefined ? error : diskError(folder, error);
}

/** Clears what a killed writer left; a `previous` without its folder is the complete one, and stays until the swap. */
function clearInterrupted(target: string): void {
  rmSync(beside(target, 'next'), { recursive: true, force: true });
  if (existsSync(target)) rmSync(beside(target, 'previous'), { recursive: true, force: true });
}

/** Throws `usage` for what can not be replaced: a file, a mounted disk, or someone's folder with other things in it. */
export function requireReplaceable(folder: string, mayRemove: (entry: string) => boolean): void {
  const target = realPath(folder);
  const stats = statSync(target, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isDirectory()) throw new ClozeError('usage', `${folder} is a file, expected a folder`);
  if (stats.dev !== statSync(dirname(target)).dev) {
    throw new ClozeError('usage', `${folder} is where a disk is mounted, and can not be replaced`, {
      hint: 'choose a folder in it',
      details: { path: folder },
    });
  }
  const strangers = readdirSync(target).filter((entry) => !mayRemove(entry));
  if (strangers.length === 0) return;
  const shown = strangers.slice(0, 3).join(', ');
  throw new ClozeError(
    'usage',
    `${folder} would be replaced, but holds files that are no part of it: ${shown}`,
    {
      hint: 'choose a new or empty folder',
      details: { path: folder, strangers },
    },
  );
}

function swapIn(next: string, target: string): void {
  const previous = beside(target, 'previous');
  const replaces = existsSync(target);
  if (replaces) rename(target, previous);
  try {
    rename(next, target);
  } catch (error) {
    if (replaces) rename(previous, target);
    throw error;
  }
  syncFolder(dirname(target));
  rmSync(previous, { recursive: true, force: true });
}

/** On Windows a virus scanner or a reader can hold a folder for a moment, and renaming it fails meanwhile. */
function rename(from: string, to: string): void {
  for (let attempt = 1; ; attempt++) {
    try {
      renameSync(from, to);
      return;
    } catch (error) {
      const held =
        process.platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(systemCode(error) ?? '');
      if (!held || attempt === 10) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20 * attempt);
    }
  }
}

/**
 * Reads a folder that a writer may be replacing: `read` gets the folder that is complete now, and is asked again
 * if another took its place meanwhile (`discard` gets what is then out of date). Throws `checkpoint` if there is
 * no folder, and what `read` throws.
 */
export function readReplaceable<T>(
  folder: string,
  read: (path: string) => T,
  discard: (result: T) => void,
): T {
  for (let attempt = 1; ; attempt++) {
    const path = completeFolder(folder);
    const before = identity(path);
    let result: T;
    try {
      result = read(path);
    } catch (error) {
      if (before === identity(path) || attempt === 5) throw error;
      continue;
    }
    if (before === identity(path) || attempt === 5) return result;
    discard(result);
  }
}

/** Whether there is a complete folder to read, if only one that a killed writer has put aside. */
export function hasReplaceable(folder: string): boolean {
  return findComplete(folder) !== undefined;
}

/** The folder, or what a writer that is between its two renames has put aside. Throws `checkpoint`. */
export function completeFolder(folder: string): string {
  const complete = findComplete(folder);
  if (complete !== undefined) return complete;
  throw new ClozeError('checkpoint', `no such folder: ${folder}`, { details: { path: folder } });
}

function findComplete(folder: string): string | undefined {
  const target = realPath(folder);
  return [target, beside(target, 'previous'), target].find((path) => existsSync(path));
}

/** What tells a folder from another that was later put in its place. */
function identity(folder: string): string {
  try {
    const { dev, ino, birthtimeMs } = statSync(folder);
    return `${dev}:${ino}:${birthtimeMs}`;
  } catch (error) {
    return messageOf(error);
  }
}
