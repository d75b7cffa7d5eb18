/** What a VSIX consists of: the built extension, and the packages that cannot be bundled, for one platform only. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { globby } from 'globby';
import * as z from 'zod';
import { thirdPartyNotices } from './notices.ts';
import { shippedReadme } from './readme.ts';
import type { Target } from './targets.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A file of the VSIX: a copy of one of ours, or a text made for it. */
export type Content = { readonly copyOf: string } | { readonly text: string };

/** Files that go under another name: vsce would rename them, so the list would not say what is in the VSIX. */
const RENAMED: Readonly<Record<string, string>> = {
  'CHANGELOG.md': 'changelog.md',
  LICENSE: 'LICENSE.txt',
};

/** Native files by operating system. Those that onnxruntime-node's installer downloads for CUDA are not among them. */
const NATIVE: Readonly<Record<string, readonly string[]>> = {
  linux: ['libonnxruntime.so.1', 'onnxruntime_binding.node'],
  darwin: ['libonnxruntime.1.dylib', 'onnxruntime_binding.node'],
  win32: ['DirectML.dll', 'dxcompiler.dll', 'dxil.dll', 'onnxruntime.dll', 'onnxruntime_binding.node'],
};

/** The VSIX's files by their paths in it, sorted. Expects `dist/` to be built. */
export async function packageFiles(target: Target): Promise<Map<string, Content>> {
  const files = new Map<string, Content>();
  for (const path of await globby(allowed(), { cwd: ROOT })) {
    files.set(RENAMED[path] ?? path, { copyOf: ROOT + path });
  }
  const runtime = await runtimeFiles(target);
  for (const path of runtime) files.set(`dist/${path}`, { copyOf: ROOT + path });
  files.set('readme.md', { text: shippedReadme(readFileSync(`${ROOT}README.md`, 'utf8')) });
  files.set('package.json', { text: manifest() });
  files.set('ThirdPartyNotices.txt', { text: thirdPartyNotices(ROOT, [...files.keys()], runtime) });
  const missing = ['dist/extension.cjs', 'dist/window.cjs', 'dist/worker.js'].filter(
    (path) => !files.has(path),
  );
  if (missing.length > 0) throw new Error(`${missing.join(', ')} not built: run npm run build`);
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The patterns that .vscodeignore allows. */
function allowed(): string[] {
  const lines = readFileSync(`${ROOT}.vscodeignore`, 'utf8').split('\n');
  return lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
}

/** What the worker loads from dist/node_modules at run time. Paths from the root. */
async function runtimeFiles(target: Target): Promise<string[]> {
  const [platform = '', arch = ''] = target.split('-');
  const native = (NATIVE[platform] ?? []).map(
    (name) => `node_modules/onnxruntime-node/bin/napi-v6/${platform}/${arch}/${name}`,
  );
  const missing = native.filter((path) => !existsSync(ROOT + path));
  if (missing.length > 0)
    throw new Error(`onnxruntime-node lacks files for ${target}: ${missing.join(', ')}`);
  const scripts = await globby(
    [
      'onnxruntime-node/{package.json,dist/*.js}',
      'onnxruntime-common/{package.json,dist/cjs/package.json,dist/cjs/*.js}',
      'web-worker/{package.json,src/node/*.js}',
    ].map((pattern) => `node_modules/${pattern}`),
    { cwd: ROOT },
  );
  return [...scripts, ...native];
}

/** package.json without what only the repository needs. */
function manifest(): string {
  const everything = z
    .record(z.string(), z.unknown())
    .parse(JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')));
  const repositoryOnly = ['private', 'bin', 'scripts', 'allowScripts', 'dependencies', 'devDependencies'];
  const shipped = Object.entries(everything).filter(([key]) => !repositoryOnly.includes(key));
  return `${JSON.stringify(Object.fromEntries(shipped), null, 2)}\n`;
}
