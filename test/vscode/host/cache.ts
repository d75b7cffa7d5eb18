/** The real VS Code that the tests drive: code-server with the Node that it wants, kept outside the source tree. */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedFolder, npmInstall } from '../../support/npm-cache.ts';

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
  const what = `code-server ${CODE_SERVER} and Node ${NODE}`;
  const folder = await cachedFolder(`vscode-${CODE_SERVER}`, what, install);
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

/** Without scripts: they would compile native modules that no test uses (terminal, keychain) or that have a substitute. */
async function install(folder: string): Promise<void> {
  await npmInstall(folder, `code-server@${CODE_SERVER}`, `${nodePackage()}@${NODE}`);
  const inner = join(folder, 'node_modules', 'code-server', 'lib', 'vscode');
  await npmInstall(inner);
  for (const name of SUBSTITUTES) {
    const source = new URL(`substitutes/${name}.cjs`, import.meta.url);
    await copyFile(source, join(inner, 'node_modules', '@vscode', name, 'index.js'));
  }
}
