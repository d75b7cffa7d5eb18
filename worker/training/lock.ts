import { constants, copyFileSync, linkSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { ClozeError, systemCode } from '../base/errors.ts';
import { diskError, temporaryBeside, writeFileAtomic } from '../base/files.ts';

const FILE = '.lock';

const OwnerSchema = z.object({
  pid: z.int().positive(),
  host: z.string(),
  /** Milliseconds since 1970. */
  since: z.number(),
});

type Owner = z.infer<typeof OwnerSchema>;

/**
 * A process's exclusive claim to a run folder: a file that says who has it, which comes into being with its content
 * or not at all. It outlives a killed process, and the next one takes it over.
 */
export class RunLock {
  readonly #folder: string;
  readonly #owner: Owner;

  private constructor(folder: string, owner: Owner) {
    this.#folder = folder;
    this.#owner = owner;
  }

  /**
   * Claims a folder that exists. Throws `locked` naming the process that has it, unless that is one of this machine
   * and dead; `disk`.
   */
  static async acquire(folder: string): Promise<RunLock> {
    const owner = { pid: process.pid, host: hostname(), since: Date.now() };
    const path = join(folder, FILE);
    const draft = temporaryBeside(path);
    await writeFileAtomic(draft, `${JSON.stringify(owner)}\n`);
    try {
      if (create(draft, path)) return new RunLock(folder, owner);
      const other = readOwner(path);
      if (other !== undefined && !isAlive(other)) removeDead(path, other);
      if (create(draft, path)) return new RunLock(folder, owner);
      throw lockedBy(folder, readOwner(path));
    } finally {
      rmSync(draft, { force: true });
    }
  }

  /** Throws `locked` if another process has taken the folder. */
  requireHeld(): void {
    const owner = readOwner(join(this.#folder, FILE));
    if (!isDeepStrictEqual(owner, this.#owner)) throw lockedBy(this.#folder, owner);
  }

  release(): void {
    const path = join(this.#folder, FILE);
    if (isDeepStrictEqual(readOwner(path), this.#owner)) rmSync(path, { force: true });
  }
}

/** The process that trains in a run folder now, if one of this machine does not turn out to be dead. */
export function runOwner(folder: string): { readonly pid: number; readonly host: string } | undefined {
  const owner = readOwner(join(folder, FILE));
  return owner !== undefined && isAlive(owner) ? owner : undefined;
}

/** Gives the draft its final name, unless that is taken. */
function create(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
  }
  try {
    copyFileSync(draft, path, constants.COPYFILE_EXCL); // where there are no hard links
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw diskError(path, error);
  }
}

/** Takes a dead owner's file away, but puts back what another process has put there meanwhile. */
function removeDead(path: string, dead: Owner): void {
  const aside = temporaryBeside(path);
  try {
    renameSync(path, aside);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return; // another process was quicker
    throw error;
  }
  if (isDeepStrictEqual(readOwner(aside), dead)) rmSync(aside, { force: true });
  else renameSync(aside, path);
}

function readOwner(path: string): Owner | undefined {
  try {
    return OwnerSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data;
  } catch {
    return undefined; // gone, or not ours
  }
}

/** Whether the process may still run; of another machine nothing is known. */
function isAlive({ pid, host, since }: Owner): boolean {
  if (host !== hostname()) return true;
  const booted = Date.now() - uptime() * 1000;
  if (since < booted) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
  }
}

function lockedBy(folder: string, owner: Owner | undefined): ClozeError {
  const who = owner === undefined ? 'another process' : `process ${owner.pid} on ${owner.host}`;
  return new ClozeError('locked', `${folder} is in use by ${who}`, {
    hint: `wait until it ends, or stop it; if it does not train there, remove ${join(folder, FILE)}`,
    details: { folder, pid: owner?.pid, host: owner?.host },
  });
}
