/** What may happen to suggestions in a real VS Code: processes that die, models that go, strangers, large documents. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { cloze } from '../process/command.ts';
import { completers, Draft, notifications } from './draft.ts';
import { eventually } from './eventually.ts';
import { GHOST, PLAIN_EDITOR } from './host/editor.ts';
import { copyOfWorkspace } from './host/sample.ts';
import type { Window } from './host/window.ts';
import { openAnother, openCloze, steps, type SessionOptions } from './session.ts';
import { draftText, TOTALS_FORM, TYPED, writeTotals } from './totals.ts';

describe('suggestions', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloze-suggestions-'));
  const run = join(folder, 'run');
  before(async () => {
    const data = join(folder, 'totals');
    writeTotals(data);
    const { model, tokenizer, provider, training } = TOTALS_FORM;
    const settings = Object.entries(training).map(([name, value]) => `training.${name}=${value}`);
    const { code, stderr } = await cloze(
      [
        ...['train', '--data', data, '--out', run, '--model', model, '--tokenizer', tokenizer],
        ...['--provider', provider, '--set', ...settings],
      ],
      { env: { CLOZE_CACHE: join(folder, 'cache') } },
    );
    assert.equal(code, 0, stderr);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('in one window', { timeout: 580_000 }, async (t) => {
    const { window, draft } = await open(t, { model: run });
    const step = steps(t, window);

    await step('come again after their process died, which is told once', async () => {
      await draft.suggests();
      process.kill(completer(window), 'SIGKILL');
      await draft.suggests();

      // in the middle of a completion: the process holds still until the request is there
      const pid = completer(window);
      process.kill(pid, 'SIGSTOP');
      await draft.open();
      await draft.type();
      await draft.isAsked();
      process.kill(pid, 'SIGKILL');
      await draft.shows();
      assert.notEqual(completer(window), pid);

      assert.deepEqual(await notifications(window), [
        'Cloze: the completer process ended with SIGKILL. It starts again when it is needed.',
      ]);
    });

    await step('go on while the files of their model are gone, and then say which are missing', async () => {
      const copy = join(folder, 'goes');
      cpSync(run, copy, { recursive: true });
      await window.command('cloze.useForCompletion', { path: copy });
      await window.command('notifications.clearAll');
      await draft.suggests();
      rmSync(copy, { recursive: true });
      await draft.suggests();

      await window.command('cloze.restartWorkers');
      await draft.open();
      await draft.type();
      await eventually(async () => {
        await draft.typeAgain();
        assert.match(
          await draft.why(),
          new RegExp(`^State {7}Expected a model folder, got ${copy}, which is not there`, 'm'),
        );
      });
      assert.equal(await window.text(GHOST), '');
      assert.deepEqual(await notifications(window), []);
      await window.command('cloze.useForCompletion', { path: run });
      await draft.suggests();
    });

    await step('stay with their model where a broken one is chosen, and say what is broken', async () => {
      await draft.suggests();
      for (const [name, breakIt] of BROKEN) {
        const copy = join(folder, `broken-${name}`);
        cpSync(run, copy, { recursive: true });
        breakIt(join(copy, 'checkpoints', 'best'));
        await choose(window, copy);
        await eventually(async () => {
          const told = (await notifications(window)).filter((text) => text.includes(copy));
          assert.equal(told.length, 1);
          assert.ok(told[0]!.includes(name), told[0]);
        });
        await draft.suggests();
      }
    });

    await step('are left out in a document of 50 MB, which stays as quick as it is', async () => {
      const before = `${draftText(7)}\n`.repeat(25e6 / draftText(7).length);
      await draft.open({ before, after: before });
      await draft.type();
      await untilWhy(draft, /VS Code shows no suggestions in a document this large/);
      assert.equal(await window.text(GHOST), '');
      await window.page.keyboard.press('Tab');
      await draft.type('x');
      await eventually(async () => {
        const line = await window.evaluate((vscode) => {
          const { document, selection } = vscode.window.activeTextEditor!;
          return document.lineAt(selection.active.line).text;
        });
        assert.match(line, new RegExp(`^ {2}${TYPED} +x$`));
      });
      await window.command('workbench.action.revertAndCloseActiveEditor');
    });

    await step('leave no process behind, however their window ends', async () => {
      await leavesNothing(window, draft, () => window.reload());
      await draft.wake();
      await leavesNothing(window, draft, async () =>
        process.kill(await window.evaluate(() => process.pid), 'SIGKILL'),
      );
      const second = await openAnother(window, copyOfWorkspace(window.server, 'second'));
      await leavesNothing(second, await draftIn(second, run), () => second.close());
    });
  });

  it('come from no model that a stranger has put into a workspace', { timeout: 240_000 }, async (t) => {
    const { window, draft } = await open(t, { untrusted: true });
    const workspace = await window.evaluate((vscode) => vscode.workspace.workspaceFolders![0]!.uri.fsPath);
    const theirs = join(workspace, 'model');
    cpSync(run, theirs, { recursive: true });
    mkdirSync(join(workspace, '.vscode'));
    writeFileSync(
      join(workspace, '.vscode', 'settings.json'),
      JSON.stringify({ 'cloze.completion.model': theirs }),
    );
    await draft.open();
    await draft.type();
    await untilWhy(draft, /^Model {7}none\n[^]*No model is chosen/m);

    await choose(window, theirs);
    await draft.typeAgain();
    await untilWhy(draft, /The model lies in this workspace, which is not trusted\./);
    assert.deepEqual(completers(window.server), []);
    assert.equal(await window.text(GHOST), '');

    await choose(window, run);
    await draft.suggests();
  });
});

/** What a test breaks of a model, by the file that is to be named. */
const BROKEN: readonly (readonly [file: string, breakIt: (model: string) => void])[] = [
  ['model.safetensors', (model) => truncateSync(join(model, 'model.safetensors'), 1000)],
  ['config.json', (model) => writeFileSync(join(model, 'config.json'), '{"model_type": "gpt2",')],
];

async function open(
  t: TestContext,
  { model, ...options }: SessionOptions & { readonly model?: string },
): Promise<{ window: Window; draft: Draft }> {
  const window = await openCloze(t, { ...options, settings: PLAIN_EDITOR });
  return { window, draft: await draftIn(window, model) };
}

/** A draft in a window in which this model completes. */
async function draftIn(window: Window, model: string | undefined): Promise<Draft> {
  if (model !== undefined) await window.command('cloze.useForCompletion', { path: model });
  const draft = new Draft(window);
  await draft.wake();
  return draft;
}

/** Has something suggested, ends the window, and waits until the process behind it has gone too. */
async function leavesNothing(window: Window, draft: Draft, end: () => Promise<unknown>): Promise<void> {
  await draft.suggests();
  await end();
  await eventually(() => assert.deepEqual(completers(window.server), []));
}

/** Chooses a model. A problem is a message, for which the command waits. */
async function choose(window: Window, path: string): Promise<void> {
  await window.evaluate(
    (vscode, path) => void vscode.commands.executeCommand('cloze.useForCompletion', { path }),
    path,
  );
}

function completer(window: Window): number {
  const all = completers(window.server);
  assert.equal(all.length, 1);
  return all[0]!.pid;
}

/** Types until it is the reason. */
async function untilWhy(draft: Draft, expected: RegExp): Promise<void> {
  await eventually(async () => {
    await draft.typeAgain();
    assert.match(await draft.why(), expected);
  });
}
