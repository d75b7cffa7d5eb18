/** The tokenizer page in both forms of the extension; tokenizer.test.ts looks at it closely. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { eventually } from '../eventually.ts';
import { cloze } from '../inside/cloze.ts';
import { ask, isDriven } from '../inside/outside.ts';
import { tinyForm } from '../run-on-disk.ts';
import { writeTotals } from '../totals.ts';

const TEXT = 'const total = 0;\nreturn total;\n';

describe('the tokenizer page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloze-tokens-'));

  before(async function () {
    if (!isDriven()) this.skip();
    await cloze().activate();
    await setRunsFolder(join(folder, 'runs'));
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    writeFileSync(join(folder, 'text.ts'), TEXT);
    await vscode.window.showTextDocument(vscode.Uri.file(join(folder, 'text.ts')));
    await vscode.commands.executeCommand('cloze.tokenizeSelection');
  });

  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await setRunsFolder(undefined);
    rmSync(folder, { recursive: true, force: true });
  });

  it('says that there is no tokenizer, and takes the first that is made', async () => {
    const page = '.tokenizer-page';
    await eventually(async () => assert.match(await ask('webviewText', page), /There is no tokenizer yet/));
    writeTotals(join(folder, 'totals'));
    const form = { ...tinyForm({ steps: 5 }), data: [join(folder, 'totals')] };
    await vscode.commands.executeCommand('cloze.trainFolder', form);
    await eventually(async () => assert.match(await ask('webviewText', '.ribbon'), /total/));
    assert.doesNotMatch(await ask('webviewText', page), /There is no tokenizer yet/);
  });

  it('selects in the editor the token that is clicked, and tells of its merges', async () => {
    await ask('webviewClick', '.token[aria-label^="space total,"]');
    await eventually(() => {
      const [editor] = vscode.window.visibleTextEditors;
      assert.equal(editor?.document.getText(editor.selection), ' total');
    });
    await eventually(async () => assert.match(await ask('webviewText', '.merges'), /^Merges of ·total\n/));
  });

  it('has no violation that axe-core finds', async () => {
    assert.deepEqual(await ask('webviewViolations', '.tokenizer-page'), []);
  });
});

async function setRunsFolder(path: string | undefined): Promise<void> {
  const settings = vscode.workspace.getConfiguration('cloze.training');
  await settings.update('runsFolder', path, vscode.ConfigurationTarget.Global);
}
