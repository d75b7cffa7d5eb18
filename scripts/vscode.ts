/**
 * Opens a real VS Code in the browser, with Cloze and a sample workspace: `npm run vscode [-- FOLDER] [-- --port N]`.
 * Everything is on this machine: code-server listens on 127.0.0.1 only, and its settings, extensions and home are in a
 * temporary folder that goes with it. A folder that is named is opened itself, without one a copy of the sample.
 */
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { copyOfWorkspace } from '../test/vscode/host/sample.ts';
import { Server } from '../test/vscode/host/server.ts';
import { windowUrl } from '../test/vscode/host/url.ts';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { port: { type: 'string' } } });
const server = await Server.start({
  port: Number(values.port ?? 0),
  // code-server from the npm registry comes without a TypeScript server of its own
  settings: { 'typescript.tsdk': resolve(import.meta.dirname, '../node_modules/typescript/lib') },
});
const sample = positionals[0] === undefined ? copyOfWorkspace(server) : undefined;
const folder = sample ?? resolve(positionals[0]!);
const url = windowUrl(server, folder, [
  ['extensionDevelopmentPath', resolve(import.meta.dirname, '..')],
  ...(sample === undefined ? [] : [['openFile', join(sample, 'src/services/loan-service.ts')] as const]),
]);
process.stdout.write(
  `${url}\n\nVS Code runs there until you press Ctrl-C. To begin: F1, "Cloze: Train on Workspace".\n`,
);
openBrowser(url);

/** Where there is a desktop. */
function openBrowser(address: string): void {
  const { platform, env } = process;
  if (platform === 'linux' && env.DISPLAY === undefined && env.WAYLAND_DISPLAY === undefined) return;
  const opener = platform === 'darwin' ? 'open' : 'xdg-open';
  const child = spawn(opener, [address], { detached: true, stdio: 'ignore' });
  child.on('error', () => undefined); // the address is printed
  child.unref();
}
