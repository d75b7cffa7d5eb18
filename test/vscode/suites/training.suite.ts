/** A tiny model trained on the workspace through commands, and what the side bar shows of it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { eventually } from '../eventually.ts';
import { cloze } from '../inside/cloze.ts';
import { ask, isDriven } from '../inside/outside.ts';
import { RunOnDisk, tinyForm } from '../run-on-disk.ts';

describe('training', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloze-training-'));
  let run: RunOnDisk;

  before(async function () {
    if (!isDriven()) this.skip();
    await cloze().activate();
    await setRunsFolder(folder);
    await vscode.commands.executeCommand('cloze.training.focus');
  });

  after(async () => {
    await setRunsFolder(undefined);
    rmSync(folder, { recursive: true, force: true });
  });

  it('shows its steps, its losses and its end, and keeps a model', async () => {
    run = await train({ steps: 100 });
    await run.ends('completed');
    await shows('Completed');
    const [evaluation] = run.of('eval').slice(-1);
    assert.equal(evaluation?.step, 100);
    const text = await ask('webviewText', '.run');
    assert.match(text, /\bStep 100 of 100\b/);
    assert.match(text, new RegExp(`Loss\\s+${run.of('step').at(-1)!.loss.toFixed(4)}`));
    assert.match(text, new RegExp(`Validation\\s+${evaluation.valLoss.toFixed(4)}`));
    assert.match(text, new RegExp(`Best checkpoint: step \\d+, validation loss ${run.best.toFixed(4)}`));
    assert.match(await ask('webviewText', '.samples'), /^Step 100\n[^]+^Step 50\n/m);
    assert.equal(run.savedStep, 100);
    await treeHas(
      `${run.name}, completed, step 100 of 100, validation loss ${evaluation.valLoss.toFixed(2)}`,
    );
    await treeHas(`${run.name}, ${run.parameters.toLocaleString('en')} parameters, context of 32 tokens`);
  });

  it('gives a model that can be used for completion', async () => {
    await vscode.commands.executeCommand('cloze.useForCompletion', { path: run.path });
    await eventually(async () => assert.match(await ask('webviewText', '.run'), /used for completion/));
    const models = `${run.name}, ${run.parameters.toLocaleString('en')} parameters`;
    await eventually(async () => assert.match(await treeHas(models), /in use/));
  });

  it('is paused, goes on, and is stopped with what it has', async () => {
    const second = await train({ steps: 100_000 });
    await second.reach(5);
    await vscode.commands.executeCommand('cloze.pauseTraining');
    await shows('Paused');
    const { step } = second;
    await sleep(500); // a hundred steps, if it were not paused
    assert.equal(second.step, step);
    await vscode.commands.executeCommand('cloze.resumeTraining');
    await shows('Training');
    await second.reach(step + 1);
    await vscode.commands.executeCommand('cloze.stopTraining');
    await second.ends('stopped');
    await shows('Stopped');
    assert.equal(second.savedStep, second.step);
    await treeHas(`${second.name}, stopped, step ${second.step} of 100000`);
    const history = (await ask('webviewText', '.history table')).replace(/\s/g, ''); // names wrap
    for (const line of [`Stopped:${second.name}`, `Completed:${run.name}`]) assert.ok(history.includes(line));
  });

  it('shows the run that is chosen', async () => {
    await vscode.commands.executeCommand('cloze.showRun', { path: run.path });
    await shows('Completed');
    assert.equal(await ask('webviewText', '.run-name'), run.name);
  });

  it('lists the runs of the folder that the setting names', async () => {
    const other = mkdtempSync(join(tmpdir(), 'cloze-other-runs-'));
    await setRunsFolder(other);
    await eventually(async () => assert.equal(await ask('webviewText', '.history'), 'No runs yet.'));
    await setRunsFolder(folder);
    await treeHas(`${run.name}, completed`);
    rmSync(other, { recursive: true });
  });

  /** Starts a run through the command. */
  function train(training: Readonly<Record<string, number>>): Promise<RunOnDisk> {
    return RunOnDisk.started(folder, async () =>
      vscode.commands.executeCommand('cloze.trainWorkspace', tinyForm(training)),
    );
  }
});

async function shows(status: string): Promise<void> {
  await eventually(async () => assert.equal(await ask('webviewText', '.run-status'), status));
}

/** Waits for a line of a tree that is read out so, and gives what it shows. */
async function treeHas(label: string): Promise<string> {
  return eventually(async () => {
    const text = await ask('workbenchText', `.monaco-list-row[aria-label*="${label}"]`);
    assert.notEqual(text, '', `no line says "${label}"`);
    return text;
  });
}

async function setRunsFolder(folder: string | undefined): Promise<void> {
  const settings = vscode.workspace.getConfiguration('cloze.training');
  await settings.update('runsFolder', folder, vscode.ConfigurationTarget.Global);
}
