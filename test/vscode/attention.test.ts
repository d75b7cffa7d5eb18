/** The attention page beside an editor of a real VS Code. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { Attention } from '../../worker/protocol/inspect.ts';
import { tinyRun } from '../process/training.ts';
import { supervised } from '../process/workers.ts';
import { AttentionPage } from './attention-page.ts';
import { eventually } from './eventually.ts';
import { framesPerSecond } from './host/frames.ts';
import type { Window } from './host/window.ts';
import { kept } from './kept.ts';
import { openCloze, steps } from './session.ts';
import { writeTinyBert } from './tiny-bert.ts';

const WORKSPACE = fileURLToPath(new URL('../fixtures/workspace', import.meta.url));
const FILE = 'src/models/loan.ts';
const LAYERS = 2;
const HEADS = 2;

it('the attention page', { timeout: 580_000 }, async (t) => {
  const { window, root, run, bert, attention } = await openWithModels(t);
  const step = steps(t, window);

  /** Has nothing open but a file, with a part of it selected, and its page. */
  const open = async (from: string, to: string, model = run): Promise<AttentionPage> => {
    await window.command('workbench.action.closeAllEditors');
    await window.page.mouse.move(0, 0);
    await window.openFile(join(root, FILE));
    await select(window, from, to);
    const page = await AttentionPage.open(window, model);
    const { tokens } = await attention(model, await selectedText(window));
    await page.shows(model === run ? 'gpt at step 1' : 'bert', tokens.length);
    return page;
  };

  await step('shows what the last checkpoint of a run attends to, and follows the selection', async () => {
    const page = await open('return {', '};');
    await page.says('.summary', /Each token sees those before it/);
    await page.says('.heads-summary', /^Layer 1, head 1: entropy \d\.\d\d bits\.$/);
    await select(window, 'export interface Loan', '{');
    const { tokens } = await attention(run, await selectedText(window));
    await page.shows('gpt', tokens.length);
    await window.openFile(join(root, FILE), 2, 1); // no selection: the paragraph
    await eventually(async () =>
      assert.doesNotMatch(
        await page.element.locator('.summary').innerText(),
        new RegExp(` ${tokens.length} tokens`),
      ),
    );
  });

  await step('has a cursor that keys move, a table of its row, and says where it is', async () => {
    const page = await open('export interface Loan', '{');
    const { tokens, weights } = await attention(run, await selectedText(window));
    const size = tokens.length;
    await page.map.focus();
    await page.press('Control+Home', 'End', 'ArrowLeft', 'PageDown', 'ArrowDown');
    await page.press('Control+End', 'Home', 'ArrowRight');
    const weight = weights[(size - 1) * size + 1]!;
    const expected = `${(100 * weight).toFixed(1)} %`;
    await eventually(async () =>
      assert.match(await page.said(), new RegExp(`\\(${size}\\) to .*\\(2\\): ${expected}$`)),
    );
    await page.says('.row-table h2', new RegExp(`^Token ${size} `));
    const row = await page.row();
    assert.equal(row.length, size);
    const sum = row.reduce((all, each) => all + each.weight, 0);
    assert.ok(Math.abs(sum - 100) < 0.06 * size, `${sum} %`);
    assert.deepEqual(
      row,
      [...row].sort((a, b) => b.weight - a.weight),
    );
  });

  await step('shows the largest weights that hold a share of each row', async () => {
    const page = await open('export interface Loan', '{');
    await page.map.focus();
    await page.press('Control+End');
    const all = (await attention(run, await selectedText(window))).tokens.length;
    await eventually(async () => assert.equal((await page.row()).length, all)); // the last row, which is drawn a frame later
    await page.element.getByRole('slider', { name: 'Share shown' }).fill('50');
    await eventually(async () => {
      const kept = await page.row();
      const sum = kept.reduce((mass, { weight }) => mass + weight, 0);
      assert.ok(kept.length < all && sum >= 49.9, `${kept.length} of ${all}, ${sum} %`);
      assert.ok(sum - kept.at(-1)!.weight < 50.1, `${kept.length} are one too many`);
    });
    await page.element.getByRole('slider', { name: 'Share shown' }).fill('100');
    await page.element.getByRole('checkbox', { name: 'Mute special tokens' }).click();
    await eventually(async () => assert.equal((await page.row()).length, all - 1)); // without the first
    await page.element.getByRole('checkbox', { name: 'Mute special tokens' }).click();
  });

  await step('takes heads in and out by click and by key, and averages them', async () => {
    const page = await open('export interface Loan', '{');
    await page.clickHead(2, 1, 2);
    await eventually(async () => assert.deepEqual(await page.chosen(), ['layer 2, head 1']));
    await page.clickHead(1, 2, 1);
    await eventually(async () =>
      assert.deepEqual(await page.chosen(), ['layer 1, head 2', 'layer 2, head 1']),
    );
    await page.says('.heads-summary', /^The average of 2 heads: mean entropy/);
    await page.heads.focus();
    await page.press('ArrowDown', ' ');
    await eventually(async () => assert.equal((await page.chosen()).length, 3));
    await page.element.getByRole('button', { name: 'All Heads' }).click();
    await page.says('.heads-summary', new RegExp(`^The average of all ${LAYERS * HEADS} heads`));
    await page.heads.focus();
    await page.press('Home', 'PageUp', 'Enter');
    await eventually(async () => assert.deepEqual(await page.chosen(), ['layer 1, head 1']));
  });

  await step('saves what the worker said as JSON, and the map as a picture', async () => {
    const page = await open('export interface Loan', '{');
    const said = await attention(run, await selectedText(window));
    const [json, png] = [join(root, 'attention.json'), join(root, 'attention.png')];
    await page.save('Save as JSON…', 'attention.json');
    await eventually(() => assert.ok(existsSync(json)));
    const nested = z.array(z.array(z.array(z.array(z.number()))));
    const saved = z.looseObject({ weights: nested }).parse(JSON.parse(readFileSync(json, 'utf8')));
    assert.deepEqual(Float32Array.from(saved.weights.flat(3)), said.weights);
    assert.deepEqual(saved.tokens, said.tokens);
    await page.save('Save as PNG…', 'attention.png');
    await eventually(() => assert.ok(existsSync(png)));
    assert.deepEqual([...readFileSync(png).subarray(1, 4)], [...Buffer.from('PNG')]);
    assert.ok(readFileSync(png).length > 5000);
  });

  await step('draws lines between the tokens of a short text', async () => {
    const page = await open('export interface Loan', '{');
    await page.element.getByRole('button', { name: 'Lines' }).click();
    const from = page.element.getByRole('listbox', { name: 'Tokens that look' });
    await from.waitFor();
    const links = page.element.locator('.links line');
    const all = await links.count();
    assert.ok(all > 0);
    await from.getByRole('option').nth(1).hover();
    await eventually(async () => {
      const shown = page.element.locator('.links line:not(.off)');
      const ofRow = page.element.locator('.links line[data-row="1"]:not(.off)');
      assert.ok((await ofRow.count()) > 0);
      assert.equal(await shown.count(), await ofRow.count());
    });
    await from.focus();
    await page.press('End');
    await eventually(async () => assert.equal(await from.locator('[aria-selected="true"]').count(), 1));
    await page.element.getByRole('button', { name: 'Map' }).click();
  });

  await step('has no violation that axe-core finds, in any theme', async () => {
    const page = await open('export interface Loan', '{');
    for (const view of ['Lines', 'Map']) {
      await page.element.getByRole('button', { name: view }).click();
      assert.deepEqual(await window.violationsByTheme('.attention-page'), {}, view);
    }
  });

  await step('masks a token of an encoder, and shows what is predicted there', async () => {
    const page = await open('export interface Loan', '{', bert);
    await page.says('.summary', /Each token sees all others/);
    await page.map.focus();
    await page.press('Control+Home', 'ArrowDown', 'Enter');
    const predictions = page.element.getByRole('region', { name: 'Predictions' });
    await predictions.waitFor();
    assert.equal(await predictions.locator('table').count(), 2);
    await eventually(async () => assert.match(await page.said(), /^Token 2 of \d+ is masked: /));
    assert.deepEqual(await window.violationsByTheme('.attention-page'), {});
    await predictions.getByRole('button', { name: 'Take the Mask Away' }).click();
    await predictions.waitFor({ state: 'hidden' });
    await page.element.getByRole('textbox', { name: 'Second text' }).fill('a book');
    await eventually(async () => {
      const saidTokens = (await attention(bert, await selectedText(window), 'a book')).tokens.length;
      assert.match(await page.element.locator('.summary').innerText(), new RegExp(` ${saidTokens} tokens`));
    });
  });

  await step('draws the map of 512 tokens smoothly', async () => {
    const page = await open('export interface Loan', '{');
    await window.command('editor.action.selectAll');
    await page.shows('gpt', 512);
    await page.element.getByText('Only the beginning is shown: 512 of').waitFor();
    const drawn = await page.drawings();
    await page.map.hover();
    const place = (await page.map.boundingBox())!;
    const frames = await framesPerSecond(window.page, async () => {
      for (let i = 30; i < 230; i += 2) await window.page.mouse.move(place.x + i, place.y + i);
    });
    const scrubbed = await page.drawings();
    t.diagnostic(
      `512 tokens: drawn in ${drawn.map((ms) => ms.toFixed(1)).join(', ')} ms; ${scrubbed.length} times under the mouse ` +
        `in at most ${Math.max(...scrubbed).toFixed(1)} ms, ${frames.toFixed(0)} frames/s`,
    );
    assert.ok(scrubbed.length > 10);
  });

  await step('refuses messages that are no calls, and lives on', async () => {
    const page = await open('export interface Loan', '{');
    const noCalls = [null, 7, 'x', {}, { jsonrpc: '2.0', id: 1, method: 7 }];
    for (const message of noCalls) await page.post(message);
    for (const params of [
      {},
      { call: 1, params: { revision: -1, heads: [] } },
      { call: 1, params: { revision: 1, heads: [1e9] } },
    ])
      await page.post({ jsonrpc: '2.0', id: 'wrong', method: 'weights', params });
    await page.post({
      jsonrpc: '2.0',
      id: 'wrong',
      method: 'exportPng',
      params: { call: 1, params: { bytes: 'x' } },
    });
    await eventually(() => {
      const refused = window.clozeLog.filter((line) => line.includes('[attention page] refused'));
      assert.equal(refused.length, noCalls.length, refused.join('\n'));
    });
    await page.clickHead(2, 2, 2);
    await eventually(async () => assert.deepEqual(await page.chosen(), ['layer 2, head 2']));
  });

  await step('is there again when it was hidden, and after a reload', async () => {
    const page = await open('export interface Loan', '{');
    await page.clickHead(2, 1, 2);
    await page.says('.heads-summary', /^Layer 2, head 1/);
    await window.evaluate(async (vscode) => {
      const group = vscode.window.tabGroups.all.find(({ tabs }) =>
        tabs.some(({ input }) => input instanceof vscode.TabInputWebview),
      )!;
      const document = await vscode.workspace.openTextDocument({ content: 'over it' });
      await vscode.window.showTextDocument(document, { viewColumn: group.viewColumn, preview: false });
    });
    await window.command('workbench.action.closeActiveEditor');
    const again = await AttentionPage.find(window);
    await again.says('.heads-summary', /^Layer 2, head 1/);
    await kept(window, /heads\\*":\[2\]/);
    await window.reload();
    const reloaded = await AttentionPage.find(window);
    await reloaded.says('.heads-summary', /^Layer 2, head 1/);
  });
});

interface Opened {
  readonly window: Window;
  readonly root: string;
  /** A GPT of two layers, and a BERT. */
  readonly run: string;
  readonly bert: string;
  /** What the worker says, in a process of the test's own. */
  readonly attention: (model: string, text: string, second?: string) => Promise<Attention>;
}

async function openWithModels(t: TestContext): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'cloze-attention-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { call } = supervised(t);
  const runs = join(folder, 'runs');
  const run = join(runs, 'gpt');
  const shape = [
    `model.layers=${LAYERS}`,
    `model.heads=${HEADS}`,
    'model.context=512',
    'training.context=32',
  ];
  await call('train', { ...tinyRun(WORKSPACE, run, [...shape, 'training.steps=1']), tokenizer: 'bpe:400' });
  const bert = join(folder, 'bert');
  await writeTinyBert(bert);
  const window = await openCloze(t, { machineSettings: { 'cloze.training.runsFolder': runs } });
  const root = await window.evaluate((vscode) => vscode.workspace.workspaceFolders![0]!.uri.fsPath);
  return {
    ...{ window, root, run, bert },
    attention: (model, text, second) =>
      call('attention', { model, text, ...(second === undefined ? {} : { second }) }),
  };
}

function selectedText(window: Window): Promise<string> {
  return window.evaluate((vscode) => {
    const { document, selection } = vscode.window.visibleTextEditors[0]!;
    return document.getText(selection);
  });
}

/** Selects in the editor from the start of one text to the end of the next other. */
function select(window: Window, from: string, to: string): Promise<void> {
  return window.evaluate(
    async (vscode, wanted) => {
      const { document, viewColumn } = vscode.window.visibleTextEditors[0]!;
      const start = document.getText().indexOf(wanted.from);
      const end = document.getText().indexOf(wanted.to, start) + wanted.to.length;
      const selection = new vscode.Range(document.positionAt(start), document.positionAt(end));
      await vscode.window.showTextDocument(document, { viewColumn: viewColumn!, selection });
    },
    { from, to },
  );
}
