/** Training and writing through commands and files alone: also where nobody drives a browser, as in desktop VS Code. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { eventually } from '../eventually.ts';
import { cloze } from '../inside/cloze.ts';
import { RunOnDisk, tinyForm } from '../run-on-disk.ts';

describe('the commands', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloze-commands-'));
  let run: RunOnDisk;

  before(async () => {
    await cloze().activate();
    await setRunsFolder(join(folder, 'runs'));
  });

  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await setRunsFolder(undefined);
    rmSync(folder, { recursive: true, force: true });
  });

  it('train a model in a process of its own', async () => {
    run = await train({ steps: 60, evalEvery: 30, checkpointEvery: 30 });
    await run.ends('completed');
    run.assertWhole(60);
    const losses = run.of('step').map(({ loss }) => loss);
    assert.ok(losses.at(-1)! < losses[0]!, `${losses[0]} to ${losses.at(-1)}`);
  });

  it('stop a run with what it has', async () => {
    const second = await train({ steps: 100_000 });
    await second.reach(5);
    await vscode.commands.executeCommand('cloze.stopTraining');
    await second.ends('stopped');
    assert.equal(second.savedStep, second.step);
  });

  it('train an adapter of a model, which writes like any other', async () => {
    const adapter = await started('cloze.fineTune', { path: run.path });
    await adapter.reach(5);
    await vscode.commands.executeCommand('cloze.stopTraining');
    await adapter.ends('stopped');
    const files = readdirSync(join(adapter.path, 'checkpoints/last'));
    assert.ok(files.includes('adapter_model.safetensors') && !files.includes('model.safetensors'));
    await vscode.commands.executeCommand('cloze.useForCompletion', { path: adapter.path });
    const document = await vscode.workspace.openTextDocument({ content: 'import type ' });
    const end = new vscode.Position(0, 12);
    await vscode.window.showTextDocument(document, { selection: new vscode.Range(end, end) });
    await vscode.commands.executeCommand('cloze.generateAtCursor');
    assert.ok(document.getText().length > 12, 'nothing was written');
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });

  it('export a model for other programs', async () => {
    const exportAs = (format: string, name: string): Thenable<unknown> =>
      vscode.commands.executeCommand('cloze.exportModel', {
        path: run.path,
        out: join(folder, name),
        format,
      });
    await exportAs('onnx', 'exported');
    assert.deepEqual(readdirSync(join(folder, 'exported', 'onnx')), ['model.onnx']);
    await exportAs('gguf', 'exported.gguf');
    assert.equal(readFileSync(join(folder, 'exported.gguf'), 'latin1').slice(0, 4), 'GGUF');
  });

  it('write at the cursor with the model that was chosen', async () => {
    await vscode.commands.executeCommand('cloze.useForCompletion', { path: run.path });
    const path = join(folder, 'draft.ts');
    writeFileSync(path, 'import type ');
    const end = new vscode.Position(0, 12);
    const document = await vscode.workspace.openTextDocument(path);
    await vscode.window.showTextDocument(document, { selection: new vscode.Range(end, end) });
    await vscode.commands.executeCommand('cloze.generateAtCursor');
    assert.match(document.getText(), /^import type[^]+\S/);
    assert.ok(document.getText().length > 12, 'nothing was written');
    await document.save();
  });

  function train(training: Readonly<Record<string, number>>): Promise<RunOnDisk> {
    return started('cloze.trainWorkspace', tinyForm(training));
  }

  /** Starts a run. A window hears of the end of the one before a moment after the files tell it, and refuses until then. */
  function started(command: string, argument: object): Promise<RunOnDisk> {
    const start = async (): Promise<unknown> => vscode.commands.executeCommand(command, argument);
    return eventually(() => RunOnDisk.started(join(folder, 'runs'), start, 10_000));
  }
});

async function setRunsFolder(folder: string | undefined): Promise<void> {
  const settings = vscode.workspace.getConfiguration('cloze.training');
  await settings.update('runsFolder', folder, vscode.ConfigurationTarget.Global);
}
