/** Importing a model from a Hub on loopback, by the command alone. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { FakeHub } from '../../support/fake-hub.ts';
import { filesIn, writeTinyModel } from '../../support/tiny-model.ts';
import { cloze } from '../inside/cloze.ts';

describe('importing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloze-import-'));
  const models = join(folder, 'models');
  let hub: FakeHub;

  before(async () => {
    await cloze().activate();
    await writeTinyModel(join(folder, 'source'));
    hub = await FakeHub.start();
    await set(hub.endpoint, models);
  });

  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await set(undefined, undefined);
    hub.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('makes a model of a repository, which can be used at once', async () => {
    hub.commit('tester/tiny', filesIn(join(folder, 'source')));
    hub.fail(/blobs/, { kind: 'cut', after: 9000 });
    await vscode.commands.executeCommand('cloze.importModel', { source: 'tester/tiny' });
    const path = join(models, 'tester--tiny');
    assert.ok(existsSync(join(path, 'model.safetensors')));
    assert.ok(hub.requests.some(({ headers }) => headers.range === 'bytes=9000-'));
    await vscode.commands.executeCommand('cloze.useForCompletion', { path });
    const document = await vscode.workspace.openTextDocument({ content: 'let ' });
    const end = new vscode.Position(0, 4);
    await vscode.window.showTextDocument(document, { selection: new vscode.Range(end, end) });
    // a model of random weights may end its text at once
    for (let tries = 0; document.getText().length === 4 && tries < 5; tries++)
      await vscode.commands.executeCommand('cloze.generateAtCursor');
    assert.ok(document.getText().length > 4, 'nothing was written');
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await vscode.commands.executeCommand('cloze.removeModel', { path });
  });

  it('leaves nothing of a model that can not be read', async () => {
    hub.commit('tester/pickled', { 'config.json': '{}', 'pytorch_model.bin': 'x' });
    await vscode.commands.executeCommand('cloze.importModel', { source: 'tester/pickled' });
    assert.deepEqual(readdirSync(models), ['tester--tiny']);
    await vscode.commands.executeCommand('notifications.clearAll');
  });
});

async function set(endpoint: string | undefined, modelsFolder: string | undefined): Promise<void> {
  const settings = vscode.workspace.getConfiguration('cloze.hub');
  await settings.update('endpoint', endpoint, vscode.ConfigurationTarget.Global);
  await settings.update('modelsFolder', modelsFolder, vscode.ConfigurationTarget.Global);
}
