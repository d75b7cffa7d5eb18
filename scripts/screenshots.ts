/**
 * Makes the pictures of docs/screenshots from a real VS Code: `npm run screenshots`. A GPT is trained on the sample
 * workspace first, which takes some minutes; then each picture is taken in each theme.
 */
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { closeBrowser } from '../test/vscode/host/browser.ts';
import { copyOfWorkspace } from '../test/vscode/host/sample.ts';
import { Server } from '../test/vscode/host/server.ts';
import { type Theme, Window } from '../test/vscode/host/window.ts';

const ROOT = join(import.meta.dirname, '..');
const OUT = join(ROOT, 'docs', 'screenshots');
const THEMES: readonly Theme[] = ['dark', 'light', 'high-contrast', 'high-contrast-light'];
const TRAINING_TIMEOUT = 15 * 60_000;

/** Enough for the model to write lines that look like the sample's. */
const TRAINING = {
  steps: 700,
  evalEvery: 100,
  checkpointEvery: 350,
  sampleEvery: 100,
  batch: 4,
  context: 128,
};

mkdirSync(OUT, { recursive: true });
const server = await Server.start({ settings: { 'workbench.startupEditor': 'none' } });
const folder = copyOfWorkspace(server);
const window = await Window.open(server, { folder, extension: ROOT, size: { width: 1280, height: 860 } });
try {
  await window.command('workbench.action.closeAuxiliaryBar');
  await trained();
  await pictures('training', showTraining);
  await pictures('completion', showCompletion);
  await pictures('why', () => window.command('cloze.whyNoCompletion'));
  await pictures('tokenizer', showTokenizer);
  await pictures('walkthrough', showWalkthrough);
} finally {
  await window.close();
  server.stop();
  await closeBrowser();
}

/** Trains a model on the workspace, with a picture of the run under way. */
async function trained(): Promise<void> {
  await window.command('workbench.view.extension.cloze');
  await (await window.webview('vscode-button:has-text("Start training")')).waitFor();
  await pictures('form', () => Promise.resolve());
  await window.command('cloze.trainWorkspace', { training: TRAINING });
  const heading = await window.webview('.run-status');
  await heading.getByText('Completed').waitFor({ timeout: TRAINING_TIMEOUT });
  await window.command('notifications.clearAll');
}

/** The finished run in a wide side bar. */
async function showTraining(): Promise<void> {
  await window.command('workbench.action.closeAllEditors');
  await window.command('workbench.view.extension.cloze');
  await (await window.webview('.chart-plot')).scrollIntoViewIfNeeded();
}

/** Ghost text behind a line that is being typed. */
async function showCompletion(): Promise<void> {
  await window.command('workbench.action.closeAllEditors');
  const file = join(folder, 'src', 'draft.ts');
  await window.evaluate(async (vscode, path) => {
    const text = new TextEncoder().encode("import { readFile } from 'node:fs/promises';\n\n");
    await vscode.workspace.fs.writeFile(vscode.Uri.file(path), text);
  }, file);
  await window.openFile(file, 3, 1);
  for (const key of 'export async function ') {
    await window.page.keyboard.type(key);
    await sleep(60);
  }
  await window.page.locator('.ghost-text').first().waitFor({ timeout: 20_000 });
}

async function showTokenizer(): Promise<void> {
  await window.command('workbench.action.closeAllEditors');
  const [file] = await window.evaluate(async (vscode) =>
    (await vscode.workspace.findFiles('**/*.ts', undefined, 1)).map(({ fsPath }) => fsPath),
  );
  await window.openFile(file!, 1, 1);
  await window.command('cloze.tokenizeSelection');
  await (await window.webview('.token')).waitFor();
}

async function showWalkthrough(): Promise<void> {
  await window.command('workbench.action.closeAllEditors');
  await window.command('workbench.action.openWalkthrough', 'cloze.cloze#start');
  await window.page.locator('.getting-started-detail, .getting-started-step').first().waitFor();
}

async function pictures(name: string, show: () => Promise<unknown>): Promise<void> {
  for (const theme of THEMES) {
    await window.theme(theme);
    await show();
    await sleep(1500); // the editor fades, and draws its minimap late
    await window.screenshot(join(OUT, `${name}-${theme}.png`));
  }
}
