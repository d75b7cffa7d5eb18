/**
 * Runs the mocha suites in desktop VS Code: `npm run test:electron [-- --version 1.120.0]`. VS Code is downloaded on
 * first need, the oldest version that Cloze supports and the newest stable one unless a version is named. Only desktop
 * VS Code shows what Electron does: its memory cage, its own Node flags, its check for proposed API.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import manifest from '../package.json' with { type: 'json' };
import { bundleSuites } from '../test/vscode/host/bundle.ts';

const root = resolve(import.meta.dirname, '..');
const oldest = manifest.engines.vscode.replace(/^\^/, '');

const { values } = parseArgs({ options: { version: { type: 'string', multiple: true } } });
for (const version of values.version ?? [oldest, 'stable']) {
  process.stdout.write(`\n── VS Code ${version} ──\n`);
  if (!(await passes(version))) process.exitCode = 1;
}

async function passes(version: string): Promise<boolean> {
  const executable = await download(version);
  if (executable === undefined) return false;
  const folder = mkdtempSync(join(tmpdir(), 'cloze-electron-'));
  const workspace = join(folder, 'library');
  cpSync(join(root, 'test/fixtures/workspace'), workspace, { recursive: true });
  const suites = join(folder, 'suites.cjs');
  try {
    await bundleSuites(suites);
    const code = await runTests({
      vscodeExecutablePath: executable,
      extensionDevelopmentPath: root,
      extensionTestsPath: suites,
      launchArgs: [workspace, '--user-data-dir', join(folder, 'data'), '--disable-workspace-trust'],
    });
    return code === 0;
  } catch (error) {
    process.stderr.write(`${String(error)}\n`);
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function download(version: string): Promise<string | undefined> {
  try {
    return await downloadAndUnzipVSCode({ version, cachePath: join(root, '.cache/vscode-electron') });
  } catch (error) {
    process.stderr.write(
      `VS Code ${version} could not be downloaded: ${String(error)}\n` +
        'test:electron needs the update server of VS Code. Without it, "npm run test:lane vscode" runs the same ' +
        'suites in code-server.\n',
    );
    return undefined;
  }
}
