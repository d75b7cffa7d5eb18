import { randomBytes } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type * as z from 'zod';
import { checked } from './checked.ts';
import { ClozeError, messageOf, systemCode, throwIfCancelled } from './errors.ts';

/** Says a failed write in the user's words; a full disk has its own. */
export function diskError(path: string, error: unknown): ClozeError {
  const full = systemCode(error) === 'ENOSPC' || systemCode(error) === 'EDQUOT';
  return new ClozeError('disk', `cannot write ${path}: ${full ? 'the disk is full' : messageOf(error)}`, {
    cause: error,
    ...(full ? { hint: 'free some space, or choose a folder on another disk; nothing was lost' } : {}),
    details: { path },
  });
}

/** A name beside `path` that nothing else uses, for the temp, fsync, rename sequence. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
}

/** Makes a rename durable: syncs the folder that holds it (not offered on Windows). */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Writes a whole file or nothing: temp, fsync, rename. Throws `disk`. */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw diskError(path, error);
  }
}

/** As {@link writeFileAtomic}, from parts that are written one after another. */
export function writePartsAtomicSync(path: string, parts: Iterable<Uint8Array>): void {
  const temporary = temporaryBeside(path);
  try {
    const fd = openSync(temporary, 'wx');
    try {
      for (const part of parts) {
        for (let done = 0; done < part.byteLength;) {
          done += writeSync(fd, part, done, Math.min(part.byteLength - done, 1 << 28));
        }
      }
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw diskError(path, error);
  }
}

/** As {@link writePartsAtomicSync}, with others running between the parts. Throws `disk`, `cancelled`, or what a part throws. */
export async function writePartsAtomic(
  path: string,
  parts: Iterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    const handle = await open(temporary, 'wx');
    try {
      for (const part of parts) {
        throwIfCancelled(signal);
        for (let done = 0; done < part.byteLength;) done += (await handle.write(part, done)).bytesWritten;
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error instanceof ClozeError ? error : diskError(path, error);
  }
}

/** Copies a file and syncs the copy, as what fills a folder that is renamed afterwards must. */
export function copyFileSynced(from: string, to: string): void {
  copyFileSync(from, to);
  const fd = openSync(to, 'r+');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The same file under another name, for one that never changes: a hard link, or a synced copy where there are no such. */
export function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSynced(from, to); // another disk, or a file system without hard links
  }
}

/** Reads and checks a JSON file. Throws `code` with the path, and the field where there is one. */
export async function readJson<T>(
  path: string,
  schema: z.ZodType<T>,
  code: 'config' | 'checkpoint' | 'tokenizer' | 'data' = 'config',
): Promise<T> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const why = systemCode(error) === 'ENOENT' ? 'no such file' : messageOf(error);
    throw new ClozeError(code, `cannot read ${path}: ${why}`, { cause: error, details: { path } });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ClozeError(code, `${path} is not JSON: ${messageOf(error)}`, {
      cause: error,
      details: { path },
    });
  }
  return checked(value, schema, path, code);
}
