/** The training page in the side bar of a window, and the notifications that belong to it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Locator } from 'playwright-core';
import { eventually } from './eventually.ts';
import type { Process } from './host/processes.ts';
import type { Server } from './host/server.ts';
import type { Window } from './host/window.ts';
import { RunOnDisk, tinyForm } from './run-on-disk.ts';
import { openCloze, type SessionOptions } from './session.ts';

/** More steps than any test waits for. */
export const ENDLESS = { steps: 100_000 };

export class TrainingPage {
  readonly #window: Window;

  constructor(window: Window) {
    this.#window = window;
  }

  /** Starts a tiny run of the window's folder through the command; it shows in the page. */
  async train(training: Readonly<Record<string, number>> = {}): Promise<RunOnDisk> {
    return RunOnDisk.started(runsFolder(this.#window.server), () =>
      this.#window.command('cloze.trainWorkspace', tinyForm(training)),
    );
  }

  /** Shows the side bar of Cloze. */
  async open(): Promise<void> {
    await this.#window.command('workbench.view.extension.cloze');
  }

  /** Runs a command to its end. */
  async command(id: string, argument: unknown): Promise<void> {
    await this.#window.command(id, argument);
  }

  /** Runs a command that ends with a message, and so lasts until somebody answers. */
  start(id: string, argument: unknown): void {
    this.#window.command(id, argument).catch(() => undefined); // the window may close before
  }

  /** An element of the page. The document is another one after each hiding and reloading. */
  find(selector: string): Promise<Locator> {
    return this.#window.webview(selector);
  }

  async text(selector: string): Promise<string> {
    return (await this.find(selector)).innerText();
  }

  /** Waits until the run that the page shows is called so. */
  async shows(status: string): Promise<void> {
    await this.waitFor('.run-status', (text) => assert.equal(text, status));
  }

  /** Waits until the page shows this step, or a later one, of the run. */
  async reaches(step: number): Promise<void> {
    await this.waitFor('.run', (text) => {
      const shown = Number(/Step ([\d,]+) of/.exec(text)?.[1]?.replaceAll(',', ''));
      assert.ok(shown >= step, `expected step ${step} in: ${text}`);
    });
  }

  /** Waits until the text of an element passes. */
  async waitFor(selector: string, check: (text: string) => void): Promise<void> {
    await eventually(async () => check(await this.text(selector)));
  }

  async press(name: string): Promise<void> {
    const page = await this.find('.training');
    await page.getByRole('button', { name, exact: true }).first().click(); // a run's own come before the history's
  }

  /** The training losses that the page's table has, by step. */
  async losses(): Promise<Record<string, string>> {
    await this.press('Loss as a table');
    const table = await this.find('.chart-table:visible table');
    const head = await table.locator('thead th').allTextContents();
    const cells = await table.locator('tbody').locator('th, td').allTextContents();
    await this.press('Loss as a table');
    const [steps, losses] = ['Step', 'Training, not smoothed'].map((name) =>
      cells.filter((_, i) => i % head.length === head.indexOf(name)),
    );
    return Object.fromEntries(steps!.map((step, i) => [step, losses![i]!]));
  }

  /** Posts a message to the extension as any script of the page could: through the frame around the page. */
  async post(message: unknown): Promise<void> {
    const frame = await this.#window.webviewFrame('.training');
    const data = JSON.stringify({ message, transfer: [] });
    await frame.parentFrame()?.evaluate(`__vscode_post_message__('onmessage', ${data})`);
  }

  /** Posts a message to the page. */
  async receive(message: unknown): Promise<void> {
    const frame = await this.#window.webviewFrame('.training');
    await frame.evaluate(`postMessage(${JSON.stringify(message)})`);
  }

  /** All notifications that nobody has answered or closed. */
  async notifications(): Promise<string[]> {
    await this.#window.command('notifications.showList');
    return this.#center.locator('.notification-list-item-message').allInnerTexts();
  }

  /** Waits for a notification that says this. */
  async notified(text: string): Promise<void> {
    await eventually(async () => {
      const all = await this.notifications();
      assert.ok(
        all.some((each) => each.includes(text)),
        `"${text}" is not told: ${all.join('; ')}`,
      );
    });
  }

  /** Presses a button of a notification. */
  async answer(button: string): Promise<void> {
    await this.#center.getByRole('button', { name: button, exact: true }).click();
  }

  /** Opens all that can be closed. */
  async unfold(): Promise<void> {
    const closed = (await this.find('.training')).locator('details:not([open]) > summary:visible');
    while ((await closed.count()) > 0) await closed.first().click();
  }

  /** What axe-core finds wrong, by theme. */
  violations(): ReturnType<Window['violationsByTheme']> {
    return this.#window.violationsByTheme('.training');
  }

  get #center(): Locator {
    return this.#window.page.locator('.notifications-center');
  }
}

export interface Opened {
  readonly window: Window;
  readonly page: TrainingPage;
  /** The workspace. */
  readonly folder: string;
}

/** Opens a window on the fixture workspace; see `openCloze`. */
export async function openTraining(t: TestContext, options: SessionOptions = {}): Promise<Opened> {
  const window = await openCloze(t, options);
  const folder = await window.evaluate((vscode) => vscode.workspace.workspaceFolders![0]!.uri.fsPath);
  return { window, page: new TrainingPage(window), folder };
}

/** Where runs are unless a setting says otherwise. */
export function runsFolder(server: Server): string {
  return join(server.folder, 'data', 'User', 'globalStorage', 'cloze.cloze', 'runs');
}

/** The trainer processes of all windows of a server. */
export function trainers(server: Server): Process[] {
  return server.processes().filter(({ command }) => command.includes('worker.js trainer'));
}
