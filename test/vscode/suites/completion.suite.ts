/** Suggestions as the user of an editor meets them, with a model that the test trains through the command. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { GHOST } from '../host/selectors.ts';
import { cloze } from '../inside/cloze.ts';
import { ask, isDriven } from '../inside/outside.ts';
import { DRAFT, SUGGESTED, TOTALS_FORM, TYPED, writeTotals } from '../totals.ts';

/** The whole training, on two busy cores. */
const TRAINING_TIMEOUT = 180_000;

/** The editor's own list of suggestions would take Tab, and brackets that close themselves the keys. */
const EDITOR_SETTINGS = {
  'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' },
  'editor.suggestOnTriggerCharacters': false,
  'editor.autoClosingBrackets': 'never',
};

describe('completion', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloze-completion-'));
  let drafts = 0;

  before(async function () {
    if (!isDriven()) this.skip();
    this.timeout(TRAINING_TIMEOUT);
    await cloze().activate();
    await vscode.commands.executeCommand('notifications.clearAll');
    await configure(EDITOR_SETTINGS);
    await vscode.commands.executeCommand('cloze.useForCompletion', { path: await trained(folder) });
    await wake(folder);
  });

  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await reset(['cloze.training.runsFolder', ...Object.keys(EDITOR_SETTINGS)]);
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(() => openDraft(join(folder, `draft-${drafts++}.ts`)));
  afterEach(() => reset(['enabled', 'languages', 'maxTokens'].map((name) => `cloze.completion.${name}`)));

  it('is shown while one types, and stands in the document after Tab', async () => {
    await ask('type', TYPED);
    await ghost(SUGGESTED);
    await ask('press', 'Tab');
    await until(() => line() === `  ${TYPED}${SUGGESTED}`, 'the suggestion in the document');
  });

  it('runs no model for what is typed along a suggestion', async () => {
    await ask('type', TYPED);
    await ghost(SUGGESTED);
    const before = await why();
    for (let typed = 1; typed <= 12; typed++) {
      await ask('type', SUGGESTED[typed - 1]!);
      await ghost(SUGGESTED.slice(typed));
    }
    for (let typed = 11; typed >= 6; typed--) {
      await ask('press', 'Backspace');
      await ghost(SUGGESTED.slice(typed));
    }
    assert.equal(modelRuns(await why()), modelRuns(before));
  });

  it('says why there is none, with times', async () => {
    await ask('type', TYPED);
    await ghost(SUGGESTED);
    const report = await why();
    assert.match(report, /^Completion {2}on\nModel {7}.*\nState {7}(ready|busy)\n/);
    assert.match(
      report,
      new RegExp(`draft-\\d+\\.ts:${DRAFT.line}:${DRAFT.column + TYPED.length} +while typing`),
    );
    assert.match(report, /\d\.\d ms {2}Shown: \w+, \d+ characters\./);
  });

  it('is not shown while it is switched off', async () => {
    await vscode.commands.executeCommand('cloze.toggleCompletion');
    await ask('type', TYPED);
    await untilWhy(/^Completion {2}off[^]*switched off \(cloze\.completion\.enabled\)/);
    assert.equal(await ask('workbenchText', GHOST), '');
    await vscode.commands.executeCommand('cloze.toggleCompletion');
    await typeAgain();
    await ghost(SUGGESTED);
  });

  it('is shown in the languages that the setting names', async () => {
    await configure({ 'cloze.completion.languages': { '*': false, python: true } });
    await ask('type', TYPED);
    await untilWhy(/switched off for this language \(cloze\.completion\.languages\)/);
    assert.equal(await ask('workbenchText', GHOST), '');
    const { document } = vscode.window.activeTextEditor!;
    await vscode.languages.setTextDocumentLanguage(document, 'python');
    await typeAgain();
    await ghost(SUGGESTED);
  });

  it('takes the default for a setting of the wrong type, and says so once', async () => {
    await vscode.commands.executeCommand('notifications.clearAll');
    await configure({ 'cloze.completion.maxTokens': 'many' });
    await ask('type', TYPED);
    await ghost(SUGGESTED);
    await openDraft(join(folder, `draft-${drafts++}.ts`));
    await ask('type', TYPED);
    await ghost(SUGGESTED);
    const told = /The setting cloze\.completion\.maxTokens is ignored/g;
    assert.equal((await notifications(told)).match(told)?.length, 1);
  });

  it('is generated at the cursor on demand, as one step of undoing', async () => {
    const before = text();
    await vscode.commands.executeCommand('cloze.generateAtCursor');
    assert.ok(text().length > before.length, 'nothing was written');
    assert.ok(text().startsWith(before.trimEnd()));
    await vscode.commands.executeCommand('undo');
    assert.equal(text(), before);
  });

  it('is counted when it is seen and accepted', async () => {
    const before = accepted(await report('cloze.showStatistics'));
    await ask('type', TYPED);
    await ghost(SUGGESTED);
    await sleep(1000); // what is gone at once was not seen
    await ask('press', 'Tab');
    await until(() => line() === `  ${TYPED}${SUGGESTED}`, 'the suggestion in the document');
    const isCounted = async (): Promise<boolean> => {
      const now = accepted(await report('cloze.showStatistics'));
      return now.accepted === before.accepted + 1 && now.shown > before.shown;
    };
    await until(isCounted, 'one more accepted');
  });
});

/** Trains on files of this folder through the command, and gives the run's folder. */
async function trained(folder: string): Promise<string> {
  const runs = join(folder, 'runs');
  writeTotals(join(folder, 'totals'));
  await configure({ 'cloze.training.runsFolder': runs });
  await vscode.commands.executeCommand('cloze.trainFolder', {
    ...TOTALS_FORM,
    data: [join(folder, 'totals')],
  });
  let run = '';
  const isDone = (): boolean => {
    run = existsSync(runs) ? join(runs, readdirSync(runs)[0] ?? '') : '';
    const metrics = join(run, 'metrics.jsonl');
    return existsSync(metrics) && readFileSync(metrics, 'utf8').includes('"event":"done"');
  };
  await until(isDone, 'the end of the training', TRAINING_TIMEOUT);
  return run;
}

/** An editor begins to ask for suggestions by itself some seconds after the first came up, or once somebody has asked. */
async function wake(folder: string): Promise<void> {
  const path = join(folder, 'empty.ts');
  writeFileSync(path, '');
  await vscode.window.showTextDocument(vscode.Uri.file(path));
  await vscode.commands.executeCommand('editor.action.inlineSuggest.trigger');
}

/** Shows a file that one is about to write in, alone, with the cursor where it goes on. */
async function openDraft(path: string): Promise<void> {
  writeFileSync(path, DRAFT.text);
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  const place = new vscode.Position(DRAFT.line - 1, DRAFT.column - 1);
  await vscode.window.showTextDocument(vscode.Uri.file(path), {
    preview: false,
    selection: new vscode.Range(place, place),
  });
}

function text(): string {
  return vscode.window.activeTextEditor!.document.getText();
}

function line(): string {
  return vscode.window.activeTextEditor!.document.lineAt(DRAFT.line - 1).text;
}

/** Waits until this is suggested, in full. */
async function ghost(suggestion: string): Promise<void> {
  await until(
    async () => (await ask('workbenchText', GHOST)) === suggestion,
    `the suggestion "${suggestion}"`,
  );
}

/** Types the last character anew. */
async function typeAgain(): Promise<void> {
  await ask('press', 'Backspace');
  await ask('type', TYPED.slice(-1));
}

/** What a report says. The editor that was active is active again. */
async function report(command: string): Promise<string> {
  const { document } = vscode.window.activeTextEditor!;
  await vscode.commands.executeCommand(command);
  const shown = text();
  await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  await until(() => vscode.window.activeTextEditor?.document === document, 'the editor behind the report');
  return shown;
}

const why = (): Promise<string> => report('cloze.whyNoCompletion');

/** Types until it is the reason. */
async function untilWhy(expected: RegExp): Promise<void> {
  let report = '';
  const isSo = async (): Promise<boolean> => {
    await typeAgain();
    await sleep(200); // a report that covers the editor ends what the editor is about to ask
    return expected.test((report = await why()));
  };
  await until(isSo, `a report that says ${expected.source}`).catch((error: unknown) => {
    throw new Error(`${String(error)}, but:\n${report}`);
  });
}

/** Waits until notifications say this, and gives all that they say. */
async function notifications(expected: RegExp): Promise<string> {
  await vscode.commands.executeCommand('notifications.showList');
  let told = '';
  const isTold = async (): Promise<boolean> => {
    told = await ask('workbenchText', '.notifications-center .notification-list-item-message');
    return told.search(expected) >= 0;
  };
  await until(isTold, `a notification that says ${expected.source}`);
  await vscode.commands.executeCommand('notifications.clearAll');
  return told;
}

/** How often the model was asked, of the requests that a report holds. */
function modelRuns(report: string): number {
  return report.match(/the model read/g)?.length ?? 0;
}

function accepted(statistics: string): { accepted: number; shown: number } {
  const found = /^Accepted +(\d+)(?: of (\d+))?/m.exec(statistics);
  assert.ok(found !== null, statistics);
  return { accepted: Number(found[1]), shown: Number(found[2] ?? 0) };
}

async function configure(settings: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [name, value] of Object.entries(settings)) {
    await vscode.workspace.getConfiguration().update(name, value, vscode.ConfigurationTarget.Global);
  }
}

/** Gives settings their defaults back. */
async function reset(names: readonly string[]): Promise<void> {
  await configure(Object.fromEntries(names.map((name) => [name, undefined])));
}

async function until(isSo: () => boolean | Promise<boolean>, what: string, patience = 30_000): Promise<void> {
  const deadline = Date.now() + patience;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not within ${patience / 1000} s: ${what}`);
    await sleep(50);
  }
}
