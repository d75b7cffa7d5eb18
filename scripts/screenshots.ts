/**
 * Makes the pictures of docs/screenshots from a real VS Code: `npm run screenshots [-- NAME...]`, each in a dark, a light
 * and a high contrast theme. Two GPTs, a BERT, a mixture of experts and an adapter are trained first, which takes some
 * minutes. They stay in runs/screenshots, and are taken from there the next time; `training-running` always trains.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { closeBrowser } from '../test/vscode/host/browser.ts';
import { PLAIN_EDITOR } from '../test/vscode/host/editor.ts';
import { copyOfWorkspace } from '../test/vscode/host/sample.ts';
import { Server } from '../test/vscode/host/server.ts';
import { Window } from '../test/vscode/host/window.ts';
import { scenes } from './screenshots/scenes.ts';
import { Stage } from './screenshots/stage.ts';

const ROOT = join(import.meta.dirname, '..');
const OUT = join(ROOT, 'docs', 'screenshots');
/** In which curves can be read, in pixels. */
const SIDE_BAR_WIDTH = 400;
const RUNS = join(ROOT, 'runs', 'screenshots');

const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in scenes));
if (unknown.length > 0) {
  throw new Error(`expected names of ${Object.keys(scenes).join(', ')}, got ${unknown.join(', ')}`);
}

mkdirSync(OUT, { recursive: true });
mkdirSync(RUNS, { recursive: true });
const server = await Server.start({
  settings: {
    ...PLAIN_EDITOR,
    'editor.cursorBlinking': 'solid',
    'editor.minimap.enabled': false,
    'remote.autoForwardPorts': false,
    'window.title': '${activeEditorShort}${separator}${rootName}',
  },
  machineSettings: { 'cloze.training.runsFolder': RUNS },
});
try {
  const folder = copyOfWorkspace(server);
  const size = { width: 1280, height: 800 };
  const window = await Window.open(server, { folder, extension: ROOT, size });
  const stage = new Stage(window, { folder, runs: RUNS, out: OUT });
  await stage.widen(SIDE_BAR_WIDTH);
  await stage.train();
  await stage.takeLarger();
  for (const [name, scene] of Object.entries(scenes)) {
    if (names.length === 0 || names.includes(name)) await scene(stage, name);
  }
  await stage.window.close();
} finally {
  server.stop();
  await closeBrowser();
}
