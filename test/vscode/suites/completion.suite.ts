/** Suggestions as the user of an editor meets them, with a model that the test trains through the command. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { eventually } from '../eventually.ts';
import { GHOST, PLAIN_EDITOR } from '../host/editor.ts';
import { cloze } from '../inside/cloze.ts';
import { ask, isDriven } from '../inside/outside.ts';
import { RunOnDisk } from '../run-on-disk.ts';
import { DRAFT_PLACE, draftText, SUGGESTED, TOTALS_FORM, TYPED, writeTotals } from '../totals.ts';

/** The whole training, on two busy cores. */
const TRAINING_TIMEOUT = 180_000;

describe('completion', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloze-completion-'));
  let drafts = 0;

  before(async function () {
    if (!isDriven()) this.skip();
    this.timeout(TRAINING_TIMEOUT);
    await cloze().activate();
    await vscode.commands.executeCommand('notifications.clearAll');
    await configure(PLAIN_EDITOR);
    await vscode.commands.executeCommand('cloze.useForCompletion', { path: await trained(folder) });
    await wake(folder);
  });

  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await reset(['cloze.training.runsFolder', ...Object.keys(PLAIN_EDITOR)]);
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(() => openDraft(folder, drafts++));
  afterEach(() => reset(['enabled', 'languages', 'maxTokens'].map((name) => `cloze.completion.${name}`)));

  it('is shown while one types, and stands in the document after Tab', async () => {
    await ask('type', TYPED);
    await ghost(SUGGESTED);
    await ask('press', 'Tab');
    await eventually(() => assert.equal(line(), `  ${TYPED}${SUGGESTED}`));
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
      new RegExp(`draft-\\d+\\.ts:${DRAFT_PLACE.line}:${DRAFT_PLACE.column + TYPED.length} +while typing`),
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
    await openDraft(folder, drafts++);
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
    await eventually(() => assert.equal(line(), `  ${TYPED}${SUGGESTED}`));
    await eventually(async () => {
      const now = accepted(await report('cloze.showStatistics'));
      assert.equal(now.accepted, before.accepted + 1);
      assert.ok(now.shown > before.shown);
    });
  });
});

/** Trains on files in this folder through the command, and gives the run's folder. */
async function trained(folder: string): Promise<string> {
  const [data, runs] = [join(folder, 'totals'), join(folder, 'runs')];
  writeTotals(data);
  await configure({ 'cloze.training.runsFolder': runs });
  const run = await RunOnDisk.started(runs, async () =>
    vscode.commands.executeCommand('cloze.trainFolder', { ...TOTALS_FORM, data: [data] }),
  );
  await run.ends('completed');
  return run.path;
}

/** An editor begins to ask for suggestions by itself some seconds after the first came up, or once somebody has asked. */
async function wake(folder: string): Promise<void> {
  const path = join(folder, 'empty.ts');
  writeFileSync(path, '');
  await vscode.window.showTextDocument(vscode.Uri.file(path));
  await vscode.commands.executeCommand('editor.action.inlineSuggest.trigger');
}

/** Shows a file that one is about to write in, alone, with the cursor where it goes on. */
async function openDraft(folder: string, number: number): Promise<void> {
  const path = join(folder, `draft-${number}.ts`);
  writeFileSync(path, draftText(number));
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  const place = new vscode.Position(DRAFT_PLACE.line - 1, DRAFT_PLACE.column - 1);
  await vscode.window.showTextDocument(vscode.Uri.file(path), {
    preview: false,
    selection: new vscode.Range(place, place),
  });
}

function text(): string {
  return vscode.window.activeTextEditor!.document.getText();
}

function line(): string {
  return vscode.window.activeTextEditor!.document.lineAt(DRAFT_PLACE.line - 1).text;
}

/** Waits until this is suggested, in full. */
async function ghost(suggestion: string): Promise<void> {
  await eventually(async () => assert.equal(await ask('workbenchText', GHOST), suggestion));
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
  await eventually(() => assert.equal(vscode.window.activeTextEditor?.document, document));
  return shown;
}

const why = (): Promise<string> => report('cloze.whyNoCompletion');

/** Types until it is the reason. */
async function untilWhy(expected: RegExp): Promise<void> {
  await eventually(async () => {
    await typeAgain();
    await sleep(200); // a report that covers the editor ends what the editor is about to ask
    assert.match(await why(), expected);
  });
}

/** Waits until notifications say this, and gives all that they say. */
async function notifications(expected: RegExp): Promise<string> {
  await vscode.commands.executeCommand('notifications.showList');
  const told = await eventually(async () => {
    const text = await ask('workbenchText', '.notifications-center .notification-list-item-message');
    assert.match(text, expected);
    return text;
  });
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
