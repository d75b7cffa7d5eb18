/** A file in a window that one is writing, with suggestions that are known (totals.ts). */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { GHOST } from './host/editor.ts';
import type { Process } from './host/processes.ts';
import type { Server } from './host/server.ts';
import type { Window } from './host/window.ts';
import { DRAFT_PLACE, draftText, SUGGESTED, TYPED } from './totals.ts';

export class Draft {
  readonly #window: Window;
  #count = 0;

  constructor(window: Window) {
    this.#window = window;
  }

  /** An editor begins to ask for suggestions by itself some seconds after the first came up, or once somebody has asked. */
  async wake(): Promise<void> {
    await this.#window.openFile(join(await this.#workspace(), 'README.md'));
    await this.#window.command('editor.action.inlineSuggest.trigger');
  }

  /** Opens a new draft in the workspace, and types in it until something is suggested. */
  async suggests(): Promise<void> {
    await this.open();
    await this.type();
    await this.shows();
  }

  /** Opens a new draft, between functions like those that the model knows if there are to be some. */
  async open({ before = '', after = '' } = {}): Promise<void> {
    const path = join(await this.#workspace(), `draft-${this.#count}.ts`);
    writeFileSync(path, `${before}${draftText(this.#count++)}${after}`);
    const { line, column } = DRAFT_PLACE;
    await this.#window.openFile(path, before.split('\n').length - 1 + line, column);
  }

  async type(text: string = TYPED): Promise<void> {
    await this.#window.page.keyboard.type(text);
  }

  /** Waits until it is suggested, or anything at the same place; types anew meanwhile, as what has failed is not tried again by itself. */
  async shows(): Promise<void> {
    await eventually(async () => {
      if ((await this.#window.text(GHOST)).includes(SUGGESTED)) return;
      await this.typeAgain();
      assert.ok((await this.#window.text(GHOST)).includes(SUGGESTED), await this.#window.text('.statusbar'));
    });
  }

  /** Types the last character anew. */
  async typeAgain(): Promise<void> {
    await this.#window.page.keyboard.press('Backspace');
    await this.#window.page.keyboard.type(TYPED.slice(-1));
    await this.#window.page.waitForTimeout(500); // more than an editor and a model take
  }

  /** Waits until the model has been asked and has not answered. */
  async isAsked(): Promise<void> {
    await this.#window.page.locator('.statusbar-item[aria-label*="writing"]').waitFor();
  }

  get text(): Promise<string> {
    return this.#window.evaluate((vscode) => vscode.window.activeTextEditor!.document.getText());
  }

  /** What "Why No Completion?" says. The draft is shown again. */
  async why(): Promise<string> {
    await this.#window.command('cloze.whyNoCompletion');
    const report = await this.text;
    await this.#window.command('workbench.action.closeActiveEditor');
    return report;
  }

  #workspace(): Promise<string> {
    return this.#window.evaluate((vscode) => vscode.workspace.workspaceFolders![0]!.uri.fsPath);
  }
}

/** The texts of all notifications that nobody has answered or closed. */
export async function notifications(window: Window): Promise<string[]> {
  await window.command('notifications.showList');
  const all = await window.page
    .locator('.notifications-center .notification-list-item-message')
    .allInnerTexts();
  return all.filter((text) => !text.includes('tsserver')); // code-server comes without TypeScript's
}

/** The completer processes of all windows of a server. */
export function completers(server: Server): Process[] {
  return server.processes().filter(({ command }) => command.includes('worker.js completer'));
}
