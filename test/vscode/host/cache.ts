/** The real VS Code that the tests drive: code-server with the Node that it wants, kept outside the source tree. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** code-server 4.139.1 is VS Code 1.139.1; it runs on Node 24 only, and Cloze's own scripts on Node 20 too. */
const CODE_SERVER = '4.139.1';
const NODE = '24.21.0';
/** Packages with a native part, which is not built here, that need something in their place. */
const SUBSTITUTES = ['spdlog', 'native-watchdog'];

export interface VsCodeInstall {
  /** The Node 24 binary. */
  readonly node: string;
  /** code-server's entry script. */
  readonly entry: string;
}

/** Gives the installed VS Code; installs it from the npm registry when it is not in the cache (half a minute). */
export async function vsCode(): Promise<VsCodeInstall> {
  if (process.platform === 'win32') {
    throw new Error('code-server does not run on Windows: use npm run test:electron there, or WSL');
  }
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'cloze');
  const folder = join(cache, `vscode-${CODE_SERVER}`);
  if (!existsSync(folder)) await install(cache, folder);
  const modules = join(folder, 'node_modules');
  return {
    node: join(modules, nodePackage(), 'bin', 'node'),
    entry: join(modules, 'code-server', 'out', 'node', 'entry.js'),
  };
}

/** The npm package that holds nothing but Node's binary for this machine. */
function nodePackage(): string {
  return `node-${process.platform}-${process.arch}`;
}

/** Installs beside the target and renames, so that an install that was cut off is never taken for a whole one. */
async function install(cache: string, folder: string): Promise<void> {
  process.stderr.write(`Installing code-server ${CODE_SERVER} and Node ${NODE} into ${folder}\n`);
  await mkdir(cache, { recursive: true });
  const partial = await mkdtemp(`${folder}-partial-`);
  try {
    await writeFile(join(partial, 'package.json'), '{ "private": true }\n');
    await npmInstall(partial, `code-server@${CODE_SERVER}`, `${nodePackage()}@${NODE}`);
    const inner = join(partial, 'node_modules', 'code-server', 'lib', 'vscode');
    await npmInstall(inner);
    for (const name of SUBSTITUTES) {
      const source = new URL(`substitutes/${name}.cjs`, import.meta.url);
      await copyFile(source, join(inner, 'node_modules', '@vscode', name, 'index.js'));
    }
    await rename(partial, folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (!existsSync(folder)) throw error; // another process was quicker
  }
}

/** Scripts stay off: they would compile native modules that no test uses (terminal, keychain) or that have a substitute. */
async function npmInstall(cwd: string, ...packages: string[]): Promise<void> {
  const flags = ['--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await promisify(execFile)('npm', ['install', ...flags, ...packages], { cwd });
}
