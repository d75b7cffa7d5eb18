/** Opens Cloze in a real VS Code for one test, and sees to it that nothing is left of it afterwards. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { closeBrowser } from './host/browser.ts';
import { copyOfWorkspace } from './host/sample.ts';
import { Server, type ServerOptions } from './host/server.ts';
import { Window, type WindowOptions } from './host/window.ts';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** The repository: the extension under development. */
export const CLOZE = path('../..');
/** An extension that does nothing: VS Code wants one under development, also when Cloze itself is installed. */
const PROBE = path('probe');

export interface SessionOptions extends ServerOptions {
  /** The .vsix to test; without one, the repository is the extension under development. */
  readonly installed?: string;
  /** The folder to open; a fresh copy of the fixture workspace if none is given. */
  readonly folder?: string;
  readonly size?: WindowOptions['size'];
}

/** The windows that tests have open, by their servers. */
const opened = new WeakMap<Server, Window[]>();

/** Opens a window for a test. When the test has ended all is closed, and what a failed one showed is kept. */
export async function openCloze(t: TestContext, options: SessionOptions = {}): Promise<Window> {
  const { installed, folder, size, ...rest } = options;
  const server = await Server.start({ ...rest, ...(installed === undefined ? {} : { vsix: [installed] }) });
  const windows: Window[] = [];
  opened.set(server, windows);
  t.after(async () => {
    for (const window of windows) {
      if (!passed(t)) {
        await keepPicture(t, window);
        t.diagnostic(window.log);
      }
      await window.close();
    }
    server.stop();
    await closeBrowser();
  });
  const window = await Window.open(server, {
    folder: folder ?? copyOfWorkspace(server),
    extension: installed === undefined ? CLOZE : PROBE,
    size,
  });
  windows.push(window);
  return window;
}

/** Opens another window of the repository's Cloze on the server of one that `openCloze` has opened. */
export async function openAnother({ server }: Window, folder: string): Promise<Window> {
  const window = await Window.open(server, { folder, extension: CLOZE });
  opened.get(server)?.push(window);
  return window;
}

/** One part of a test whose parts share a window, which costs more to open than most parts take. */
export type Step = (name: string, body: () => Promise<void>) => Promise<void>;

/** The parts of a test. What the window shows when one fails is kept at once: the next goes on in the same window. */
export function steps(t: TestContext, window: Window): Step {
  return (name, body) =>
    t.test(name, async () => {
      try {
        await body();
      } catch (error) {
        await keepPicture(t, window);
        throw error;
      }
    });
}

/** Saves what a window shows, for whoever reads why a test failed. */
export async function keepPicture(t: TestContext, window: Window): Promise<void> {
  const picture = join(mkdtempSync(join(tmpdir(), 'cloze-failed-')), 'window.png');
  await window.screenshot(picture).catch((error: unknown) => t.diagnostic(String(error)));
  t.diagnostic(`What the window showed: ${picture}`);
}

/** Whether a test has passed so far. Node has it since 20.12, its types for 20 do not. */
function passed(t: TestContext): boolean {
  return 'passed' in t && t.passed === true;
}
