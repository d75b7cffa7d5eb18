/** A window of VS Code that is set up, dressed in one theme after another, and photographed. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Locator } from 'playwright-core';
import { eventually } from '../../test/vscode/eventually.ts';
import { GHOST } from '../../test/vscode/host/editor.ts';
import type { Theme, Window } from '../../test/vscode/host/window.ts';
import { RunOnDisk } from '../../test/vscode/run-on-disk.ts';

const THEMES: readonly Theme[] = ['dark', 'light', 'high-contrast'];
const TRAINING_TIMEOUT = 20 * 60_000;
/** What is not told by the page: views fade in, and curves are drawn again in the new colours. In ms. */
const SETTLING = 1500;

/** The first is to be compared with, the second writes lines that look like the workspace's. */
const SHORT_RUN = {
  model: 'gpt-nano',
  tokenizer: 'bpe:512',
  training: {
    steps: 400,
    batch: 8,
    evalEvery: 100,
    sampleEvery: 200,
    sampleTokens: 32,
    checkpointEvery: 200,
  },
};
const LONG_RUN = {
  model: 'gpt-micro',
  tokenizer: 'bpe:2048',
  training: {
    steps: 900,
    evalEvery: 100,
    sampleEvery: 100,
    sampleTokens: 48,
    checkpointEvery: 300,
    patience: 0,
  },
};
/** Reads in both directions: whose maskings are shown. */
const READING_RUN = {
  objective: 'mlm',
  model: 'bert-tiny',
  tokenizer: 'wordpiece:2048',
  training: { steps: 600, batch: 16, context: 128, evalEvery: 100, checkpointEvery: 300 },
};
/** Whose tokens go to some of its experts. */
const MIXTURE_RUN = {
  model: 'moe-micro',
  tokenizer: 'bpe:2048',
  training: { steps: 400, batch: 8, context: 128, evalEvery: 50, sampleEvery: 200, checkpointEvery: 200 },
};
/** An adapter of the larger model, which reads the source of a library. */
const ADAPTER_RUN = {
  data: [fileURLToPath(new URL('../../node_modules/zod/src/v4/core', import.meta.url))],
  tokenizer: '',
  adapterRank: 8,
  training: {
    ...{ steps: 400, batch: 8, context: 128, lr: 3e-3 },
    ...{ evalEvery: 50, sampleEvery: 100, sampleTokens: 48, checkpointEvery: 200 },
  },
};

export class Stage {
  readonly window: Window;
  readonly folder: string;
  readonly #runs: string;
  readonly #out: string;

  constructor(window: Window, { folder, runs, out }: { folder: string; runs: string; out: string }) {
    this.window = window;
    this.folder = folder;
    this.#runs = runs;
    this.#out = out;
  }

  /** Gives the side bar a width in pixels. */
  async widen(width: number): Promise<void> {
    await this.showCloze();
    const { mouse } = this.window.page;
    const bar = await this.window.page.locator('.part.sidebar').boundingBox();
    assert.ok(bar !== null, 'there is no side bar');
    const [edge, middle] = [bar.x + bar.width, bar.y + bar.height / 2];
    await mouse.move(edge, middle);
    await mouse.down();
    await mouse.move(edge + width - bar.width, middle, { steps: 10 });
    await mouse.up();
    await mouse.move(edge + 2 * width, middle);
  }

  /** Trains the models that are not there yet, one after the other. */
  async train(): Promise<void> {
    await this.showCloze();
    const models = RunOnDisk.in(this.#runs).map(({ model }) => model);
    for (const run of [SHORT_RUN, LONG_RUN, READING_RUN, MIXTURE_RUN]) {
      if (!models.includes(run.model)) await this.#trained(run);
    }
    if (this.#adapter === undefined) await this.#trained({ ...ADAPTER_RUN, model: this.writer.path });
  }

  async #trained(run: object): Promise<void> {
    await this.start(run);
    await this.ended();
  }

  /** The larger one of those that write. */
  get writer(): RunOnDisk {
    return this.#run(LONG_RUN.model);
  }

  get reader(): RunOnDisk {
    return this.#run(READING_RUN.model);
  }

  get mixture(): RunOnDisk {
    return this.#run(MIXTURE_RUN.model);
  }

  get adapter(): RunOnDisk {
    assert.ok(this.#adapter !== undefined, `there is no run of an adapter in ${this.#runs}`);
    return this.#adapter;
  }

  get #adapter(): RunOnDisk | undefined {
    return RunOnDisk.in(this.#runs).find(({ model }) => model.startsWith(this.#runs));
  }

  #run(preset: string): RunOnDisk {
    const run = RunOnDisk.in(this.#runs).find(({ model }) => model === preset);
    assert.ok(run !== undefined, `there is no run of ${preset} in ${this.#runs}`);
    return run;
  }

  /** Shows the larger model that writes, and has it complete. */
  async takeLarger(): Promise<void> {
    await this.window.command('cloze.useForCompletion', { path: this.writer.path });
    await this.showRun(this.writer);
    await this.window.command('notifications.clearAll');
  }

  /** Shows a run in the training page. */
  async showRun({ path, name }: RunOnDisk): Promise<void> {
    await this.window.command('cloze.showRun', { path });
    await (await this.find('.run-name')).getByText(name, { exact: true }).waitFor();
  }

  /** Starts a run, and waits until the page shows it. */
  async start(run: object = LONG_RUN): Promise<void> {
    const name = await this.window.webview('.run-name');
    const before = await name.textContent();
    await this.window.command('cloze.trainWorkspace', run);
    await eventually(async () => assert.notEqual(await name.textContent(), before));
  }

  /** Ends the run under way, and removes what it has left. */
  async dropRun(): Promise<void> {
    await this.window.command('cloze.stopTraining');
    await this.ended();
    const newest = RunOnDisk.in(this.#runs)
      .sort((a, b) => a.name.localeCompare(b.name))
      .at(-1);
    if (newest !== undefined) rmSync(newest.path, { recursive: true });
  }

  async ended(): Promise<void> {
    const status = await this.window.webview('.run-status');
    await status.getByText(/Completed|Stopped/).waitFor({ timeout: TRAINING_TIMEOUT });
    await this.window.command('notifications.clearAll');
  }

  /** Shows Cloze's side bar, with these of its views open. */
  async showCloze(...views: ('Training' | 'Runs' | 'Models')[]): Promise<void> {
    await this.window.command('workbench.view.extension.cloze');
    const open = views.length === 0 ? ['Training'] : views;
    for (const view of ['Training', 'Runs', 'Models']) {
      const header = this.window.page.getByRole('button', { name: `${view} Section` });
      const isOpen = (await header.getAttribute('aria-expanded')) === 'true';
      if (isOpen !== open.includes(view)) await header.click();
    }
  }

  /** Opens these sections of the training page, once it has them, and closes its others. */
  async sections(...titles: string[]): Promise<void> {
    const page = await this.find('.training');
    const all = page.locator('> details.section');
    for (const title of titles) await all.locator('> summary').getByText(title, { exact: true }).waitFor();
    for (const section of await all.filter({ visible: true }).all()) {
      const title = await section.locator('> summary').innerText();
      const isOpen = (await section.getAttribute('open')) !== null;
      if (isOpen !== titles.includes(title.trim())) await section.locator('> summary').click();
    }
    await page.evaluate('scrollTo(0, 0)');
  }

  /** Has nothing open but a file of the workspace, with the cursor at a place. */
  async open(path: string, line = 1, column = 1): Promise<void> {
    await this.window.command('workbench.action.closeAllEditors');
    await this.window.openFile(join(this.folder, path), line, column);
  }

  /** Selects whole lines of the file that is open, counted from 1. */
  async select(from: number, to: number): Promise<void> {
    await this.window.evaluate(
      (vscode, [first, last]) => {
        const editor = vscode.window.activeTextEditor!;
        editor.selection = new vscode.Selection(first - 1, 0, last, 0);
      },
      [from, to] as const,
    );
  }

  /** Has a new file of the workspace open that ends with `text`, and types until something is suggested. */
  async write(path: string, text: string, typed: string): Promise<void> {
    const file = join(this.folder, path);
    await this.window.evaluate(
      async (vscode, { name, content }) => {
        await vscode.workspace.fs.writeFile(vscode.Uri.file(name), new TextEncoder().encode(content));
      },
      { name: file, content: text },
    );
    const lines = text.split('\n');
    await this.open(path, lines.length, lines.at(-1)!.length + 1);
    await this.window.page.keyboard.type(typed, { delay: 60 });
    await this.window.page.locator(GHOST).first().waitFor();
  }

  /** An element of the page in the side bar or the editor. */
  find(selector: string): Promise<Locator> {
    return this.window.webview(selector);
  }

  /** Takes a picture in each theme. */
  async shoot(name: string): Promise<void> {
    for (const theme of THEMES) {
      await this.window.theme(theme);
      await sleep(SETTLING);
      await this.window.screenshot(join(this.#out, `${name}-${theme}.png`));
    }
  }
}
