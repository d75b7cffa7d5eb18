/**
 * Makes the extension's VSIX for one platform: `npm run package [-- --target TARGET] [-- --out FILE]`. Without a target
 * it is the platform that it runs on. `npm run package` builds first.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import * as z from 'zod';
import { packageFiles } from './package/files.ts';
import { hostTarget, parseTarget, type Target } from './package/targets.ts';

const VSCE = fileURLToPath(new URL('../node_modules/@vscode/vsce/vsce', import.meta.url));

const { values } = parseArgs({ options: { target: { type: 'string' }, out: { type: 'string' } } });
const target = values.target === undefined ? hostTarget() : parseTarget(values.target);
const out = resolve(values.out ?? `cloze-${target}-${await version()}.vsix`);
await makeVsix(target, out);
process.stdout.write(`${out}: ${((await stat(out)).size / 1e6).toFixed(1)} MB\n`);

/** Lays the files out in a folder of their own, so that vsce finds what ships and nothing else. */
async function makeVsix(platform: Target, file: string): Promise<void> {
  const stage = await mkdtemp(join(tmpdir(), 'cloze-vsix-'));
  try {
    for (const [path, content] of await packageFiles(platform)) {
      const to = join(stage, path);
      await mkdir(dirname(to), { recursive: true });
      await ('copyOf' in content ? copyFile(content.copyOf, to) : writeFile(to, content.text));
    }
    const flags = ['--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links'];
    await promisify(execFile)(
      process.execPath,
      [VSCE, 'package', '--target', platform, '--out', file, ...flags],
      { cwd: stage },
    );
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

async function version(): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
