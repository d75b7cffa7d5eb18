/** Adapters in a real VS Code: their page, and switching between them. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Locator } from 'playwright-core';
import { ADAPTER_FILE } from '../../worker/checkpoints/peft.ts';
import { combine } from '../../worker/services/combine.ts';
import { tinyRun } from '../process/training.ts';
import { supervised } from '../process/workers.ts';
import { eventually } from './eventually.ts';
import type { Window } from './host/window.ts';
import { openCloze, steps } from './session.ts';
import { TrainingPage } from './training-page.ts';

const WORKSPACE = fileURLToPath(new URL('../fixtures/workspace', import.meta.url));
const FILE = 'src/models/loan.ts';
/** Time for a model to be opened and to write, in ms. */
const PATIENCE = 40_000;

it('adapters', { timeout: 580_000 }, async (t) => {
  const { window, root, models, base, first, second } = await openWithAdapters(t);
  const step = steps(t, window);
  const status = window.page.locator('[id="cloze.cloze.cloze.status"]');

  await step('show what they change on a page of their own', async () => {
    await window.openFile(join(root, FILE), 3, 1);
    const page = await show(window, first);
    await says(page, 'header', /first[^]*adapter of base · step 20 of 20 · completed/);
    await says(page, '.facts', /Trainable[^]*Rank\s+4[^]*Memory of a step[^]*with all weights/);
    const cells = page.locator('.norms button');
    assert.equal(await cells.count(), 4); // two layers, c_attn and c_fc
    assert.equal(await page.locator('.chart').count(), 2);
    const other = page.locator('.norms button:not([aria-pressed])').last();
    const name = (await other.getAttribute('aria-label'))!.split(':')[0]!;
    await other.click();
    await says(page, '.spectrum', new RegExp(name.replaceAll('.', '\\.')));
    const sample = page.locator('.pairs article').first();
    assert.deepEqual(await sample.locator('.column-title').allTextContents(), ['Base', 'Adapter']);
    assert.equal(await sample.locator('pre').count(), 2);
  });

  await step('are compared with their base at the cursor', async () => {
    await window.command('workbench.action.closeAllEditors'); // the command opens the page, too
    await window.openFile(join(root, FILE), 4, 1);
    await window.command('cloze.compareAdapter', { path: first });
    const page = await window.webview('.adapter-page');
    await says(
      page,
      '.comparison',
      /loan\.ts, \d+ tokens: loss \d\.\d+ with the base[^]*perplexity (falls|rises)/,
    );
    assert.equal(await page.locator('.comparison .column pre').count(), 2);
    assert.ok((await page.locator('.comparison .tokens span').count()) > 5);
  });

  await step('have no violation that axe-core finds, in any theme', async () => {
    assert.deepEqual(await window.violationsByTheme('.adapter-page'), {});
  });

  await step('are switched without a reload, and the status bar names the one in use', async () => {
    const page = await window.webview('.adapter-page');
    await page.locator('.norms button').first().focus();
    for (const [path, name] of [
      [base, 'base'],
      [first, 'base + first'],
      [second, 'base + second'],
      [base, 'base'],
    ] as const) {
      await window.command('cloze.switchAdapter', { path });
      await eventually(
        async () =>
          assert.match(
            (await status.textContent()) ?? '',
            new RegExp(`${name.replace('+', '\\+')}( \\d+ ms)?$`),
          ),
        PATIENCE,
      );
    }
    // what the page was told meanwhile has not taken the cursor away
    assert.equal(await page.locator('.norms button:focus').count(), 1);
  });

  await step('write at the cursor, each in its own way', async () => {
    const written = [];
    for (const path of [base, first, second]) {
      await window.command('cloze.switchAdapter', { path });
      written.push(await writtenAt(window));
    }
    assert.equal(new Set(written).size, 3, written.join('\n---\n'));
  });

  await step('are combined with weights, and the new one completes', async () => {
    await window.command('notifications.clearAll');
    await window.command('cloze.switchAdapter', { path: first });
    const picker = window.page.locator('.quick-input-widget');
    const input = picker.locator('input[type="text"]');
    const asks = (expected: RegExp): Promise<void> =>
      eventually(async () => assert.match(await picker.innerText(), expected), PATIENCE);
    const answer = async (question: RegExp, proposed: string, text: string): Promise<void> => {
      await asks(question);
      await eventually(async () => assert.equal(await input.inputValue(), proposed));
      await input.fill(text);
      await input.press('Enter');
    };

    const training = new TrainingPage(window);
    training.start('cloze.combineAdapters', undefined);
    await asks(/Combine which adapters\?/);
    const rows = picker.locator('.quick-input-list .monaco-list-row');
    assert.equal(await rows.count(), 2); // those of the one base that has any
    for (const row of await rows.all()) await row.click();
    await input.press('Enter');

    await answer(/Weight of (first|second) \(1 of 2\)/, '0.5', 'much'); // which is not taken
    await asks(/Expected a number, such as 0\.7/);
    const isFirst = (await picker.innerText()).includes('Weight of first');
    await answer(/\(1 of 2\)/, 'much', isFirst ? '1' : '-0.5');
    await answer(/\(2 of 2\)/, '0.5', isFirst ? '-0.5' : '1');
    await answer(/Name of the adapter that is made of/, isFirst ? 'first+second' : 'second+first', 'both');
    await picker.waitFor({ state: 'hidden' });
    await training.notified(isFirst ? 'both is 1 first - 0.5 second.' : 'both is -0.5 second + 1 first.');
    await training.answer('Switch to It');
    await eventually(
      async () => assert.match((await status.textContent()) ?? '', /base \+ both( \d+ ms)?$/),
      PATIENCE,
    );
    await window.command('notifications.hideList');
    const both = await writtenAt(window);

    // the weights are those that were written for each
    const parts = [
      { adapter: first, weight: 1 },
      { adapter: second, weight: -0.5 },
    ];
    await combine({ parts: isFirst ? parts : [...parts].reverse(), out: join(models, 'expected') });
    const [made, expected] = ['both', 'expected'].map((name) =>
      readFileSync(join(models, name, ADAPTER_FILE)),
    );
    assert.ok(made!.equals(expected!));
    await window.command('cloze.switchAdapter', { path: first });
    assert.notEqual(await writtenAt(window), both);
  });

  await step('attend otherwise than their base does', async () => {
    await window.command('workbench.action.closeAllEditors');
    await window.openFile(join(root, FILE), 3, 1);
    await window.command('cloze.showAttention', { path: first });
    const page = await window.webview('.attention-page');
    await says(page, '.summary', /^first at step 20/);
    await page.getByRole('checkbox', { name: 'Base minus adapter' }).click();
    await says(page, '.summary', /^base minus first at step 20/);
    await page.getByRole('application').focus();
    await window.page.keyboard.press('Control+Home');
    await says(page, '.row-table', /Base minus adapter/);
  });
});

interface Opened {
  readonly window: Window;
  readonly root: string;
  /** Where combined adapters are kept. */
  readonly models: string;
  readonly base: string;
  readonly first: string;
  readonly second: string;
}

async function openWithAdapters(t: TestContext): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'cloze-adapters-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { call } = supervised(t);
  const runs = join(folder, 'runs');
  const at = (name: string): string => join(runs, name);
  const shape = ['model.layers=2', 'model.heads=2', 'model.context=256', 'training.context=32'];
  const trained = ['training.fimRate=0', 'training.sampleEvery=10', 'training.lr=3e-3'];
  await call('train', {
    ...tinyRun(WORKSPACE, at('base'), [...shape, ...trained, 'training.steps=40']),
    tokenizer: 'bpe:400',
  });
  for (const [name, seed] of [
    ['first', 1],
    ['second', 2],
  ] as const) {
    const changes = ['training.context=32', ...trained, 'training.steps=20', `training.seed=${seed}`];
    const request = tinyRun(join(WORKSPACE, 'src'), at(name), changes);
    const lora = { rank: 4, targets: ['c_attn', 'c_fc'] };
    const settings = { model: {}, training: request.settings?.training ?? {}, lora };
    await call('train', { ...request, tokenizer: undefined, model: at('base'), settings });
  }
  const models = join(folder, 'models');
  const window = await openCloze(t, {
    machineSettings: { 'cloze.training.runsFolder': runs, 'cloze.hub.modelsFolder': models },
  });
  const root = await window.evaluate((vscode) => vscode.workspace.workspaceFolders![0]!.uri.fsPath);
  return { window, root, models, base: at('base'), first: at('first'), second: at('second') };
}

async function show(window: Window, path: string): Promise<Locator> {
  await window.command('cloze.showAdapter', { path });
  return window.webview('.adapter-page');
}

async function says(page: Locator, selector: string, expected: RegExp): Promise<void> {
  await eventually(async () => assert.match(await page.locator(selector).innerText(), expected), PATIENCE);
}

/** What the model that completes writes in a new document. */
function writtenAt(window: Window): Promise<string> {
  return window.evaluate(async (vscode) => {
    const document = await vscode.workspace.openTextDocument({ content: 'export interface ' });
    const end = new vscode.Position(0, 17);
    await vscode.window.showTextDocument(document, { selection: new vscode.Range(end, end) });
    await vscode.commands.executeCommand('cloze.generateAtCursor');
    const text = document.getText();
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    return text;
  });
}
