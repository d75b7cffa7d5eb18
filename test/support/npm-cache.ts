/** npm packages that are no dependencies, kept outside the source tree: what tests and benchmarks drive or compare with. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * The folder `name` of the cache; one that is not there is filled beside it and renamed, so that an install that was cut
 * off is never taken for a whole one. `what` says in a message what is installed.
 */
export async function cachedFolder(
  name: string,
  what: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'cloze');
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  process.stderr.write(`Installing ${what} into ${folder}\n`);
  await mkdir(cache, { recursive: true });
  const partial = await mkdtemp(`${folder}-partial-`);
  try {
    await writeFile(join(partial, 'package.json'), '{ "private": true }\n');
    await fill(partial);
    await rename(partial, folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (!existsSync(folder)) throw error; // another process was quicker
  }
  return folder;
}

/** Installs into a folder. Scripts stay off: they would compile or download native parts. */
export async function npmInstall(cwd: string, ...args: string[]): Promise<void> {
  const flags = ['--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await promisify(execFile)('npm', ['install', ...flags, ...args], { cwd });
}
