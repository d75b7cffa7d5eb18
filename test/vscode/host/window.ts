/** A VS Code window in the browser, with a connection into its extension host. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import axe from 'axe-core';
import { globbySync } from 'globby';
import type { Frame, Locator, Page } from 'playwright-core';
import type { SuiteResult } from '../bridge.ts';
import { theBrowser } from './browser.ts';
import { bundleSuites } from './bundle.ts';
import { HostConnection, type Inside } from './connection.ts';
import type { Server } from './server.ts';
import { mapStack } from './stack.ts';
import { windowUrl } from './url.ts';

/** Time for a window to open or reload until its extension host runs, in ms. */
const OPEN_TIMEOUT = 90_000;
/** Time for an element of a page to appear, in ms. */
const ELEMENT_TIMEOUT = 60_000;
/** VS Code writes the document of a web view into a frame of this address, inside a frame of its own. */
const WEBVIEW_DOCUMENT = '/contrib/webview/browser/pre/fake.html';

/** VS Code's own themes, one of each kind, and the class that the workbench has with one of the kind. */
const THEMES = {
  light: { name: 'Light 2026', base: 'vs' },
  dark: { name: 'Dark 2026', base: 'vs-dark' },
  'high-contrast': { name: 'Default High Contrast', base: 'hc-black' },
  'high-contrast-light': { name: 'Default High Contrast Light', base: 'hc-light' },
} as const;
export type Theme = keyof typeof THEMES;
const themes: readonly Theme[] = ['light', 'dark', 'high-contrast', 'high-contrast-light'];

export interface WindowOptions {
  /** The folder to open. */
  readonly folder: string;
  /** The extension under development: Cloze itself, or one that does nothing where Cloze is installed. */
  readonly extension: string;
  readonly size?: { readonly width: number; readonly height: number } | undefined;
}

let count = 0;

export class Window {
  readonly server: Server;
  readonly page: Page;
  readonly #host: HostConnection;
  readonly #log: string[] = [];

  /** Base of the names of the window's files in the server's folder. */
  readonly #base: string;

  private constructor(server: Server, page: Page) {
    this.server = server;
    this.page = page;
    this.#base = join(server.folder, `window-${count++}`);
    this.#host = new HostConnection(`${this.#base}.sock`, {
      press: (keys) => page.keyboard.press(keys),
      type: (text) => page.keyboard.type(text),
      workbenchText: (selector) => this.text(selector),
      webviewText: async (selector) => (await this.webview(selector)).innerText(),
      webviewClick: async (selector) => (await this.webview(selector)).click(),
      webviewViolations: (selector) => this.violations(selector),
      screenshot: (path) => this.screenshot(path),
    });
  }

  /** Opens a folder in a new window and waits for its extension host. */
  static async open(server: Server, options: WindowOptions): Promise<Window> {
    const { size: viewport = { width: 1280, height: 800 } } = options;
    const browser = await theBrowser();
    const page = await browser.newPage({ viewport, reducedMotion: 'reduce' });
    page.setDefaultTimeout(ELEMENT_TIMEOUT);
    const window = new Window(server, page);
    await page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) =>
      window.#log.push(`[${type}] ${args.map(String).join(' ')}`),
    );
    await page.exposeFunction('codeAutomationExit', (code: number) => window.#log.push(`[exit] ${code}`));
    try {
      await window.#opened(async () => page.goto(await window.#testUrl(options)));
      return window;
    } catch (error) {
      const picture = join(mkdtempSync(join(tmpdir(), 'cloze-failed-')), 'window.png');
      await window.screenshot(picture);
      throw new Error(`no window: what it showed is in ${picture}`, { cause: error });
    }
  }

  /** The last lines of the window's console and of its server. */
  get log(): string {
    return `${this.#log.slice(-40).join('\n')}\n-- server --\n${this.server.log}`;
  }

  /** The lines of Cloze's own log, which its user may open. */
  get clozeLog(): string[] {
    const files = globbySync(join(this.server.folder, 'data/logs/*/exthost*/cloze.cloze/Cloze.log'));
    return files.flatMap((file) => readFileSync(file, 'utf8').split('\n'));
  }

  /** Calls a function in the extension host; see `HostConnection.evaluate`. */
  evaluate<R>(body: Inside<null, R>): Promise<Awaited<R>>;
  evaluate<A, R>(body: Inside<A, R>, argument: A): Promise<Awaited<R>>;
  evaluate<A, R>(body: Inside<A | null, R>, argument: A | null = null): Promise<Awaited<R>> {
    return this.#host.evaluate(body, argument);
  }

  /** Runs a command of VS Code or of an extension, with JSON arguments. */
  command(id: string, ...args: unknown[]): Promise<unknown> {
    return this.evaluate((vscode, command) => vscode.commands.executeCommand(command.id, ...command.args), {
      id,
      args,
    });
  }

  /** Runs the mocha suites inside, and tells of each test as it ends. */
  runSuites(grep: string | null, onResult: (result: SuiteResult) => void): Promise<void> {
    return this.#host.runSuites(grep, (result) => {
      const { error } = result;
      onResult(error === undefined ? result : { ...result, error: mapStack(error, this.#bundle) });
    });
  }

  /** Reloads the window as the user's "Reload Window" does, and waits for the new extension host. */
  async reload(): Promise<void> {
    const gone = this.#host.gone();
    await this.#opened(async () => {
      await this.page.reload();
      await gone;
    });
  }

  /** The text of the workbench's elements that fit, joined; '' if there are none. `.ghost-text` is a suggestion. */
  async text(selector: string): Promise<string> {
    const texts = await this.page.locator(selector).allTextContents();
    return texts.join('').replaceAll('\u00a0', ' '); // the editor shows blanks as such
  }

  /** Opens a file with the cursor at a place, counted from 1, and waits until keys would go there. */
  async openFile(path: string, line = 1, column = 1): Promise<void> {
    await this.evaluate(
      async (vscode, at) => {
        const place = new vscode.Position(at.line - 1, at.column - 1);
        const document = await vscode.workspace.openTextDocument(at.path);
        await vscode.window.showTextDocument(document, { selection: new vscode.Range(place, place) });
      },
      { path, line, column },
    );
    await this.page.locator('.statusbar').getByText(`Ln ${line}, Col ${column}`).waitFor();
  }

  /** Switches the colour theme, and waits until the workbench has it. */
  async theme(theme: Theme): Promise<void> {
    await this.evaluate(
      (vscode, name) => vscode.workspace.getConfiguration('workbench').update('colorTheme', name, true),
      THEMES[theme].name,
    );
    await this.page.locator(`.monaco-workbench.${THEMES[theme].base}`).waitFor();
  }

  /** The first element that fits in any web view that is shown. Waits for it. */
  async webview(selector: string): Promise<Locator> {
    const { locator } = await this.#find(selector);
    return locator;
  }

  /** The document of the web view that has this element. Waits for it. */
  async webviewFrame(selector: string): Promise<Frame> {
    const { frame } = await this.#find(selector);
    return frame;
  }

  /**
   * What axe-core finds wrong in the web view that has this element: one line a rule, none if all is well.
   * @param rules the ids of the rules to look at; all if none are named
   */
  async violations(selector: string, rules: readonly string[] = []): Promise<string[]> {
    const { frame } = await this.#find(selector);
    const isInSideBar = frame.parentFrame()?.url().includes('purpose=webviewView') ?? false;
    // a page is transparent: axe-core cannot see that the workbench paints what is behind it
    await paint(frame, `var(--vscode-${isInSideBar ? 'sideBar' : 'editor'}-background)`);
    await frame.evaluate(axe.source);
    const options = JSON.stringify(rules.length === 0 ? {} : { runOnly: rules });
    const { violations } = await frame.evaluate<axe.AxeResults>(`axe.run(${options})`);
    await paint(frame, '');
    return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((n) => n.html).join(' ')}`);
  }

  /**
   * What axe-core finds wrong in each theme, by theme. Only colours differ between them: all else is looked at in the first.
   * @param prepare what is done in each theme before the look
   */
  async violationsByTheme(
    selector: string,
    prepare: () => Promise<void> = () => Promise.resolve(),
  ): Promise<Partial<Record<Theme, string[]>>> {
    const found: Partial<Record<Theme, string[]>> = {};
    for (const [index, theme] of themes.entries()) {
      await this.theme(theme);
      await prepare();
      const violations = await this.violations(selector, index === 0 ? [] : ['color-contrast']);
      if (violations.length > 0) found[theme] = violations;
    }
    return found;
  }

  /** Saves a picture of the whole window. */
  async screenshot(path: string): Promise<void> {
    mkdirSync(dirname(path), { recursive: true });
    await this.page.screenshot({ path });
  }

  /** Closes the window. It may be closed already. */
  async close(): Promise<void> {
    this.#host.close();
    if (this.page.isClosed()) return;
    // leaving the page tells the server; a page that vanishes is given hours to come back
    await this.page.goto('about:blank');
    await this.page.close();
  }

  /** Waits for the extension host after `navigate`; what goes wrong is told with the last lines of the log. */
  async #opened(navigate: () => Promise<unknown>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`the extension host did not start in time\n${this.log}`)),
        OPEN_TIMEOUT,
      );
    });
    await Promise.race([navigate().then(() => this.#host.ready()), timeout]).finally(() =>
      clearTimeout(timer),
    );
  }

  async #find(selector: string): Promise<{ frame: Frame; locator: Locator }> {
    const deadline = Date.now() + ELEMENT_TIMEOUT;
    for (;;) {
      for (const frame of this.page.frames()) {
        if (!frame.url().includes(WEBVIEW_DOCUMENT)) continue;
        const locator = frame.locator(selector).first();
        if ((await locator.count().catch(() => 0)) > 0) return { frame, locator };
      }
      if (Date.now() > deadline) throw new Error(`no web view shows "${selector}"`);
      await this.page.waitForTimeout(50);
    }
  }

  get #bundle(): string {
    return `${this.#base}.inside.cjs`;
  }

  /** Writes the test entry of the window, which serves its socket, and gives the address that runs it. */
  async #testUrl({ folder, extension }: WindowOptions): Promise<string> {
    const [bundle, socket] = [this.#bundle, `${this.#base}.sock`].map((path) => JSON.stringify(path));
    await bundleSuites(this.#bundle);
    writeFileSync(`${this.#base}.cjs`, `exports.run = () => require(${bundle}).serve(${socket});\n`);
    return windowUrl(this.server, folder, [
      ['extensionDevelopmentPath', extension],
      ['extensionTestsPath', `${this.#base}.cjs`],
    ]);
  }
}

/** Sets the background of a page by script, which a content security policy lets pass. */
async function paint(frame: Frame, colour: string): Promise<void> {
  await frame.evaluate(`document.documentElement.style.backgroundColor = ${JSON.stringify(colour)}`);
}
