/** The tokenizer page beside an editor of a real VS Code. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LONGEST_SHOWN } from '../../webview/protocol/tokenizer.ts';
import { tinyRun } from '../process/training.ts';
import { supervised } from '../process/workers.ts';
import { huggingFaceTokenizer } from '../support/hugging-face.ts';
import { eventually } from './eventually.ts';
import type { Window } from './host/window.ts';
import { kept } from './kept.ts';
import { openCloze } from './session.ts';
import { TokenPage } from './token-page.ts';

const WORKSPACE = fileURLToPath(new URL('../fixtures/workspace', import.meta.url));
const FILE = 'src/models/loan.ts';

/** Most elements in the page of a text of any length. */
const MOST_ELEMENTS = 4000;

it('the tokenizer page', { timeout: 580_000 }, async (t) => {
  const { window, root, runs, encode } = await openWithTokenizers(t);
  const count = (run: string, text: string): number => encode(run, text).length;

  /** Has nothing open but a file, and the mouse where no page is. */
  const openAlone = async (path: string): Promise<void> => {
    await window.command('workbench.action.closeAllEditors');
    await window.page.mouse.move(0, 0);
    await openFile(window, join(root, path));
  };

  /** Has nothing open but a file and its page. */
  const open = async (path = FILE): Promise<TokenPage> => {
    await openAlone(path);
    const page = await TokenPage.open(window);
    await page.waitForCount('bpe-700', count('bpe-700', await documentText(window)));
    return page;
  };

  await t.test('shows the tokens of a document, and their ids', async () => {
    const page = await open();
    await page.element.getByRole('checkbox', { name: 'Ids' }).click();
    await page.element.locator('.ids').waitFor();
    const named = page.tokens().and(page.element.getByRole('option')); // not what a row above began
    const shown = await Promise.all(
      (await named.all()).map(async (token) => Number(await token.getAttribute('data-id'))),
    );
    assert.ok(shown.length > 50, `${shown.length} tokens are in sight`);
    assert.deepEqual(shown, encode('bpe-700', await documentText(window)).slice(0, shown.length));
  });

  await t.test('shows what is selected, or the document again', async () => {
    const page = await open();
    await select(window, 'return {', '};');
    await TokenPage.open(window);
    await page.waitForCount('bpe-700', count('bpe-700', await selectedText(window)));
    assert.match(await selectedText(window), /^return \{[^]+\};$/);
    assert.equal(await page.element.locator('.scope [aria-pressed="true"]').textContent(), 'Selection');
    await page.element.getByRole('button', { name: 'Document' }).click();
    await page.waitForCount('bpe-700', count('bpe-700', await documentText(window)));
  });

  await t.test('follows edits', async () => {
    writeFileSync(join(root, 'edited.ts'), 'export const loans = 3;\n');
    const page = await open('edited.ts');
    const before = await documentText(window);
    const inserted = '// a loan of a book, to a müde 🦉\n';
    await insert(window, inserted);
    await page.waitForCount('bpe-700', count('bpe-700', inserted + before));
    await insert(window, inserted);
    await page.waitForCount('bpe-700', count('bpe-700', inserted + inserted + before));
  });

  await t.test('selects in the editor the token that is clicked', async () => {
    const page = await open();
    await page.token('·book').click();
    await eventually(async () => assert.equal(await selectedText(window), ' book'));
    await page.element.getByRole('heading', { name: 'Merges of ·book' }).waitFor();
  });

  await t.test('marks the tokens of what is selected in the editor', async () => {
    const page = await open();
    await select(window, 'export interface Loan', ' {');
    await eventually(async () => {
      const marked = await page.element.locator('.token.selected').allTextContents();
      assert.equal(marked.join('').replaceAll('·', ' '), 'export interface Loan {');
    });
    const heard = page.element.getByRole('option', { selected: true });
    assert.equal(await heard.count(), count('bpe-700', 'export interface Loan {'));
  });

  await t.test('marks in the editor the token under the mouse', async () => {
    const page = await open();
    assert.equal(await marksInEditor(window), 0);
    await page.token('·book').hover();
    await eventually(async () => assert.equal(await marksInEditor(window), 1));
    const card = page.element.locator('.hover-card');
    assert.match(await card.innerText(), /20 62 6F 6F 6B/);
    await page.element.locator('.details').hover();
    await eventually(async () => assert.equal(await marksInEditor(window), 0));
    assert.equal(await card.isVisible(), false);
  });

  await t.test('compares two tokenizers side by side', async () => {
    const page = await open();
    const text = await documentText(window);
    await page.choose('Compare with', 'bpe-400');
    const [main, other] = [count('bpe-700', text), count('bpe-400', text)];
    await page.waitForCount('bpe-400', other);
    const { Difference, ...rows } = await page.counts();
    assert.deepEqual(Object.keys(rows), ['bpe-700', 'bpe-400']);
    assert.ok(Difference?.Tokens?.startsWith(`+${other - main} `), Difference?.Tokens);
    // the longer list of merges begins with the shorter one: it cuts nowhere else
    assert.equal(rows['bpe-700']?.['Own boundaries'], '0');
    assert.equal(rows['bpe-400']?.['Own boundaries'], String(other - main));
    assert.ok((await page.tokens(1).and(page.element.locator('.alone')).count()) > 0);
    assert.equal(await page.tokens(0).and(page.element.locator('.alone')).count(), 0);
  });

  await t.test('is used by keyboard alone', async () => {
    const page = await open();
    await page.choose('Compare with', 'bpe-400');
    await page.waitForCount('bpe-400', count('bpe-400', await documentText(window)));
    await page.element.getByRole('combobox', { name: 'Tokenizer' }).focus();
    const stops = [];
    for (let at = await page.focused(); !at.startsWith('document'); at = await page.focused()) {
      stops.push(at);
      await page.press('Tab');
    }
    assert.deepEqual(stops, [
      'combobox: Tokenizer',
      'vscode-button: Choose a folder…',
      'combobox: Compare with',
      'vscode-button: Choose a folder…',
      'vscode-button: Document',
      'vscode-button: Selection',
      'checkbox: Ids',
      'region: Counts',
      'listbox: Tokens of bpe-700',
      'listbox: Tokens of bpe-400',
      'region: Merges',
    ]);
    await page.element.getByRole('listbox', { name: 'Tokens of bpe-700' }).focus();
    await page.press('Control+Home', 'ArrowRight', 'ArrowRight');
    assert.match(await page.active(), /^space requireCount, id \d+$/);
    await page.press('Enter');
    await eventually(async () => assert.equal(await selectedText(window), ' requireCount'));
    const merges = page.element.getByRole('region', { name: 'Merges' });
    await merges.getByRole('heading', { name: 'Merges of ·requireCount' }).waitFor();
    const rows = merges.locator('tbody tr');
    const word = encode('bpe-700', ' requireCount');
    assert.equal(word.length, 1);
    assert.equal(await rows.last().innerText(), `id\t${word.join(' ')}`);
    assert.equal(await rows.nth(-2).locator('td').last().innerText(), '·requireCount');
    const steps = (await rows.count()) - 2; // the bytes come before them, the id after
    assert.equal(steps, ' requireCount'.length - 1);
    await eventually(async () => assert.equal(await page.said(), `${steps} merges, 1 token`));
  });

  await t.test('has no violation that axe-core finds, in any theme', async () => {
    const lines = readFileSync(join(root, FILE), 'utf8').split('\n');
    writeFileSync(join(root, 'few.ts'), lines.slice(0, 6).join('\n')); // axe-core takes its time for each token
    const page = await open('few.ts');
    await page.choose('Compare with', 'bpe-400');
    await page.token('·book').click();
    await page.element.getByRole('heading', { name: 'Merges of ·book' }).waitFor();
    const hover = (): Promise<void> => page.token('·book').hover();
    assert.deepEqual(await window.violationsByTheme('.tokenizer-page', hover), {});
  });

  await t.test('says that its document is closed, and opens it again', async () => {
    const page = await open();
    await closeDocument(window);
    await page.element
      .getByText('The document loan.ts is closed. Its tokens are shown as they were.')
      .waitFor();
    assert.deepEqual(await window.violations('.tokenizer-page'), []);
    await page.element.getByRole('button', { name: 'Open Again' }).click();
    await eventually(async () => assert.match(await documentText(window), /interface Loan/));
    await page.element.getByText('is closed').waitFor({ state: 'detached' });
  });

  await t.test('says that a tokenizer is gone, and takes it when it is back', async () => {
    const page = await open();
    const [run, away] = [join(runs, 'bpe-700'), join(runs, '.bpe-700')];
    renameSync(run, away);
    await window.evaluate((vscode) =>
      vscode.window.visibleTextEditors[0]!.edit((e) => e.insert(new vscode.Position(0, 0), ' ')),
    );
    const alert = page.element.getByRole('alert');
    await alert.waitFor();
    assert.deepEqual(await window.violations('.tokenizer-page'), []);
    await page.element.getByRole('button', { name: 'Try Again' }).waitFor();
    renameSync(away, run);
    await page.waitForCount('bpe-700', count('bpe-700', await documentText(window)));
    assert.equal(await alert.count(), 0);
  });

  await t.test('is there again after a reload', async () => {
    await open();
    await select(window, 'return {', '};');
    const part = await selectedText(window);
    const before = await TokenPage.open(window);
    await before.element.getByRole('checkbox', { name: 'Ids' }).click();
    await before.choose('Compare with', 'bpe-400');
    await before.waitForCount('bpe-400', count('bpe-400', part));
    await kept(window, /bpe-400/);
    await window.reload();
    const page = await TokenPage.find(window);
    await page.waitForCount('bpe-700', count('bpe-700', part));
    await page.waitForCount('bpe-400', count('bpe-400', part));
    await page.element.locator('.ids').waitFor();
  });

  await t.test('shows a megabyte, of which only what is in sight is in the page', async () => {
    const lines = Array.from({ length: 27_000 }, (_, i) => `export const value${i} = read(${i});\n`);
    const text = lines.join('');
    assert.ok(text.length > 1e6 && text.length <= LONGEST_SHOWN);
    writeFileSync(join(root, 'large.ts'), text);
    const tokens = count('bpe-700', text);
    await openAlone('large.ts');
    const page = await TokenPage.open(window);
    await page.waitForCount('bpe-700', tokens);

    const elements = (): Promise<number> => page.element.locator('*').count();
    const last = page.element.locator('.column .row', { hasText: 'value26999' });
    assert.ok((await elements()) < MOST_ELEMENTS, `${await elements()} elements`);
    assert.equal(await last.count(), 0);
    await page.element.getByRole('listbox').first().focus();
    await page.press('Control+End');
    await last.waitFor();
    assert.ok((await elements()) < MOST_ELEMENTS, `${await elements()} elements`);
    await page.element.locator('.scroller').hover();
    await window.page.mouse.wheel(0, -20_000);
    await last.waitFor({ state: 'detached' });
  });

  await t.test('shows the beginning of a longer document, and says so', async () => {
    writeFileSync(join(root, 'long.ts'), 'let a;\n'.repeat(LONGEST_SHOWN / 7 + 10));
    await openAlone('long.ts');
    const page = await TokenPage.open(window);
    await page.element.getByText('Only the beginning is shown: 1,048,576 of 1,048,642 characters').waitFor();
  });
});

interface Opened {
  readonly window: Window;
  readonly root: string;
  readonly runs: string;
  /** The tokens of a text, as the library that others use has them. */
  readonly encode: (run: string, text: string) => number[];
}

/** A window with two models: bpe-400, and bpe-700, which is newer. */
async function openWithTokenizers(t: TestContext): Promise<Opened> {
  const runs = mkdtempSync(join(tmpdir(), 'cloze-runs-'));
  t.after(() => rmSync(runs, { recursive: true, force: true }));
  const { call } = supervised(t);
  const libraries = new Map<string, { encode(text: string): { ids: number[] } }>();
  for (const size of [400, 700]) {
    const run = join(runs, `bpe-${size}`);
    await call('train', { ...tinyRun(WORKSPACE, run, ['training.steps=1']), tokenizer: `bpe:${size}` });
    const json = JSON.parse(readFileSync(join(run, 'tokenizer', 'tokenizer.json'), 'utf8')) as object;
    libraries.set(`bpe-${size}`, await huggingFaceTokenizer(json));
  }
  const window = await openCloze(t, { machineSettings: { 'cloze.training.runsFolder': runs } });
  const root = await window.evaluate((vscode) => vscode.workspace.workspaceFolders![0]!.uri.fsPath);
  return { window, root, runs, encode: (run, text) => libraries.get(run)!.encode(text).ids };
}

/** Opens a file as the user does: VS Code lets go of it when its tab is closed. */
async function openFile(window: Window, path: string): Promise<void> {
  await window.evaluate(async (vscode, file) => {
    const selection = new vscode.Range(0, 0, 0, 0); // otherwise it is what it was when the file was open last
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file), { selection });
  }, path);
  await eventually(() => documentText(window));
}

function documentText(window: Window): Promise<string> {
  return window.evaluate((vscode) => vscode.window.visibleTextEditors[0]!.document.getText());
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

/** Inserts at the start of the document, and saves it. */
async function insert(window: Window, text: string): Promise<void> {
  await window.evaluate(async (vscode, inserted) => {
    const editor = vscode.window.visibleTextEditors[0]!;
    await editor.edit((builder) => builder.insert(new vscode.Position(0, 0), inserted));
    await editor.document.save();
  }, text);
}

/** Closes the document's tab; the page stays. */
async function closeDocument(window: Window): Promise<void> {
  await window.evaluate(async (vscode) => {
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    await vscode.window.tabGroups.close(tabs.filter(({ input }) => input instanceof vscode.TabInputText));
  });
}

/** How many places are marked in the editor by extensions. */
function marksInEditor(window: Window): Promise<number> {
  return window.page.locator('.view-overlays [class*="ced-"]').count();
}
