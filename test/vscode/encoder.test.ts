/** What VS Code does with encoders: their training, the commands that read with them, and the masking page. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Locator } from 'playwright-core';
import type { ObjectiveName } from '../../webview/protocol/objectives.ts';
import { applySettings } from '../../worker/services/settings.ts';
import { supervised } from '../process/workers.ts';
import { eventually } from './eventually.ts';
import type { Window } from './host/window.ts';
import { kept } from './kept.ts';
import { openCloze, steps } from './session.ts';
import { TrainingPage } from './training-page.ts';

const WORKSPACE = fileURLToPath(new URL('../fixtures/workspace', import.meta.url));

/** Time for a model to be opened and asked, in ms. */
const PATIENCE = 40_000;

const TEXT = 'The river bank is green. A bank has money. It rains.\n\nAda met Bob in Rome.\n';

it('encoders in VS Code', { timeout: 580_000 }, async (t) => {
  const { window, file, examples, runs } = await openWithEncoders(t);
  const step = steps(t, window);
  const training = new TrainingPage(window);
  const picker = window.page.locator('.quick-input-widget');

  /** Has nothing open but the text as it was, with the cursor at a place, counted from 1. */
  const open = async (line: number, column: number): Promise<void> => {
    await window.command('workbench.action.closeAllEditors');
    await window.command('notifications.clearAll');
    writeFileSync(file, TEXT);
    await window.openFile(file, line, column);
  };

  await step('puts a predicted word into the place of the one at the cursor', async () => {
    await open(1, 6);
    training.start('cloze.fillMaskedWord', undefined);
    const first = picker.locator('.quick-input-list .monaco-list-row').first();
    await first.waitFor({ timeout: PATIENCE });
    assert.match(await first.innerText(), /\d %/);
    const word = (await first.locator('.label-name').innerText()).trim();
    await window.page.keyboard.press('Enter');
    await eventually(async () =>
      assert.equal(await documentText(window), TEXT.replace('river', word), `chosen: ${word}`),
    );
    await window.command('workbench.action.files.revert');
  });

  await step('tells the class of a text, with probabilities', async () => {
    await open(1, 1);
    training.start('cloze.classifySelection', undefined);
    await training.notified('%');
    const [message] = await training.notifications();
    assert.match(message!, /^(ham|spam) \d+(\.\d)? % \((ham|spam) [\d.< ]+ %\)\.$/);
  });

  await step('marks entities, with their types behind them, until they are cleared', async () => {
    await open(1, 1);
    training.start('cloze.tagEntities', undefined);
    await training.notified('Entities: ');
    const marks = window.page.locator('.view-overlays [class*="ced-"]');
    await eventually(async () => assert.ok((await marks.count()) > 0));
    await window.command('cloze.clearEntities');
    await eventually(async () => assert.equal(await marks.count(), 0));
  });

  await step('answers a question with a span of the document, or says that there is none', async () => {
    await open(1, 1);
    training.start('cloze.answerFromDocument', undefined);
    await type(picker, 'Where did Ada meet Bob?');
    await eventually(async () => {
      const [message = ''] = await training.notifications();
      const selected = await selectedText(window);
      if (message.includes('finds no answer')) return;
      assert.match(message, /\(\d+(\.\d)? %, score -?\d+\.\d\d\)$/);
      assert.ok(
        selected !== '' && message.startsWith(selected.replace(/\s+/g, ' ')),
        `${message}: ${selected}`,
      );
    }, PATIENCE);
  });

  await step('shows what a batch masks, other masks, and a table of them', async () => {
    await open(1, 1);
    const page = await openMasking(window);
    const tokens = page.getByRole('listbox', { name: 'Tokens' });
    const chosen = page.locator('.token:is(.masked, .replaced, .kept)');
    await page.getByText(/^\d+ of \d+ tokens chosen: /).waitFor({ timeout: PATIENCE });
    assert.equal(await page.locator('.token > .name').first().innerText(), '[CLS]');
    assert.ok((await chosen.count()) > 0);
    assert.match(
      (await chosen.first().textContent())!,
      /^.+, (masked|kept|replaced by → .+), predicted .+ %, (right|wrong)$/,
    );

    await tokens.focus();
    await window.page.keyboard.press('Home');
    await window.page.keyboard.press('ArrowDown');
    assert.equal(await tokens.getAttribute('aria-activedescendant'), await chosen.first().getAttribute('id'));
    await page.getByRole('table', { name: 'Predictions' }).waitFor();

    // at one moment: the page may draw others between two questions
    const ids = (): Promise<string> =>
      chosen.evaluateAll((all: { readonly id: string }[]) => all.map(({ id }) => id).join());
    const before = await ids();
    await eventually(async () => {
      await page.getByRole('button', { name: 'Other masks' }).click();
      assert.notEqual(await ids(), before);
    });
    await page.getByRole('checkbox', { name: 'Table' }).click();
    const rows = page.getByRole('table', { name: 'Chosen tokens' }).locator('tbody tr');
    const said = page.getByText(/^\d+ of \d+ tokens chosen: /);
    await eventually(async () => assert.equal(await rows.count(), Number.parseInt(await said.innerText())));
    await page.getByRole('checkbox', { name: 'Table' }).click();
  });

  await step(
    'compares a word between sentences: the static vectors are one, the others are not',
    async () => {
      await open(1, 11);
      training.start('cloze.showPolysemy', undefined);
      await type(picker, 'bank');
      const page = await window.webview('.masking-page');
      const cells = page
        .getByRole('table', { name: 'Similarities by layer' })
        .locator('tbody tr')
        .first()
        .locator('td');
      await cells.first().waitFor({ timeout: PATIENCE });
      const [bare, ...layers] = await cells.allInnerTexts();
      assert.equal(bare, '1.00');
      assert.ok(layers.length > 0 && layers.some((similarity) => similarity !== '1.00'), layers.join());
      assert.deepEqual(await page.locator('.sentences li').allInnerTexts(), [
        'The river bank is green.',
        'A bank has money.',
      ]);
    },
  );

  await step('compares another word with the model that the page has', async () => {
    const page = await window.webview('.masking-page');
    const [none, summary] = [page.getByText('Showing masks needs'), page.getByText(' tokens chosen: ')];
    await window.command('cloze.showMasking', { path: join(runs, 'tag') });
    await none.waitFor({ timeout: PATIENCE });
    training.start('cloze.showPolysemy', undefined);
    await type(picker, 'a');
    await page.getByText('one sentence of the document holds the word "a"').waitFor({ timeout: PATIENCE });
    assert.ok(await none.isVisible());
    training.start('cloze.showPolysemy', { path: join(runs, 'mlm') });
    await type(picker, 'bank');
    await summary.waitFor({ timeout: PATIENCE });
    await page.getByRole('table', { name: 'Similarities by layer' }).waitFor({ timeout: PATIENCE });
  });

  await step('has no violation that axe-core finds on the masking page, in any theme', async () => {
    assert.deepEqual(await window.violationsByTheme('.masking-page'), {});
  });

  await step('shows the masking page again after a reload', async () => {
    await kept(window, /word\W+bank/);
    await window.reload();
    const page = await window.webview('.masking-page');
    await page.getByText(/^\d+ of \d+ tokens chosen: /).waitFor({ timeout: PATIENCE });
    await page.getByRole('table', { name: 'Similarities by layer' }).waitFor({ timeout: PATIENCE });
  });

  await step('refuses what is no call of the masking page', async () => {
    const frame = await window.webviewFrame('.masking-page');
    const data = JSON.stringify({ message: { seed: 3 }, transfer: [] });
    await frame.parentFrame()?.evaluate(`__vscode_post_message__('onmessage', ${data})`);
    await eventually(() =>
      assert.ok(
        window.clozeLog.some((line) => line.includes('[masking page] refused a message that is no call')),
      ),
    );
    const page = await window.webview('.masking-page');
    assert.ok(await page.locator('.token').first().isVisible());
  });

  await step('trains a classifier: scores in the run, and a report beside TF-IDF', async () => {
    await window.command('workbench.action.closeAllEditors');
    const options = { ...FORM, objective: 'classify', data: [examples], tokenizer: 'wordpiece:200' };
    await window.command('cloze.trainFolder', options);
    await training.shows('Completed');
    const run = await training.find('.run');
    assert.ok((await run.locator('.tile dt').allInnerTexts()).includes('Accuracy'));
    assert.equal(await run.getByRole('button', { name: 'Use for completion' }).isVisible(), false);
    const report = await training.find('.report');
    const names = await report.getByRole('table', { name: 'Scores' }).locator('thead th').allInnerTexts();
    assert.deepEqual(names, ['Score', 'Model', 'TF-IDF', 'Difference']);
    const classes = report.getByRole('table', { name: 'By class' }).locator('tbody th');
    assert.deepEqual(await classes.allInnerTexts(), ['ham', 'spam']);
    assert.equal(await report.getByRole('table', { name: 'Taken for' }).locator('.right').count(), 2);
    await training.notified('is trained');
    assert.deepEqual(await training.violations(), {});
  });

  await step('has a form of its own for each objective', async () => {
    await training.unfold();
    const form = await training.find('.form-grid');
    const objective = form.getByRole('combobox', { name: 'Objective' });
    const choose = async (name: string): Promise<void> => {
      await objective.click();
      await form.getByRole('option', { name, exact: true }).click();
    };
    await choose('Next tokens');
    await form.getByRole('button', { name: 'Add folder…' }).waitFor();
    await eventually(async () => assert.match(await form.innerText(), /Fill-in-the-middle/));
    await choose('Classify texts');
    await form.getByRole('button', { name: 'Add file of examples…' }).waitFor();
    await eventually(async () => assert.match(await form.innerText(), /mails\.csv/));
    assert.doesNotMatch(await form.innerText(), /Fill-in-the-middle/);
  });
});

/** A model of a few thousand parameters, with weights that let a context move a vector by more than is rounded away. */
const SHAPE = { layers: 1, width: 16, heads: 2, context: 64, initRange: 0.2 };
const FORM = {
  model: 'bert-tiny',
  provider: 'cpu',
  training: { steps: 20, batch: 4, context: 32, lr: 1e-2, warmup: 2, evalEvery: 10, evalBatches: 2, keep: 0 },
};

interface Opened {
  readonly window: Window;
  /** A text in the workspace. */
  readonly file: string;
  /** Of texts with a class. */
  readonly examples: string;
  /** Of the models, each in a folder named after its objective. */
  readonly runs: string;
}

/** A window with a tiny model of each objective. */
async function openWithEncoders(t: TestContext): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'cloze-encoders-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { call } = supervised(t);
  const examples = written(folder, 'mails.csv', mails());
  const data: Readonly<Partial<Record<ObjectiveName, string>>> = {
    mlm: WORKSPACE,
    classify: examples,
    tag: written(folder, 'names.conll', names()),
    qa: written(folder, 'questions.jsonl', questions()),
  };
  const runs = join(folder, 'runs');
  for (const [objective, path] of Object.entries(data) as [ObjectiveName, string][]) {
    const shape = Object.entries(SHAPE).map(([name, value]) => `model.${name}=${value}`);
    const steps = ['training.steps=60', 'training.batch=8', 'training.lr=1e-2', 'training.warmup=2'];
    const settings = applySettings([...shape, ...steps, 'training.evalBatches=1', 'training.evalEvery=0']);
    await call('train', {
      ...{ data: [path], objective, model: 'bert-tiny', tokenizer: 'wordpiece:400' },
      ...{ out: join(runs, objective), provider: 'cpu', settings },
    });
  }
  const window = await openCloze(t, { machineSettings: { 'cloze.training.runsFolder': runs } });
  const root = await window.evaluate((vscode) => vscode.workspace.workspaceFolders![0]!.uri.fsPath);
  return { window, file: written(root, 'river.txt', TEXT), examples, runs };
}

function written(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function mails(): string {
  const lines = Array.from({ length: 40 }, (_, i) =>
    i % 2 === 0 ? `meet me at noon on day ${i},ham` : `win money now ${i} times,spam`,
  );
  return `text,label\n${lines.join('\n')}\n`;
}

function names(): string {
  const people = ['Ada', 'Bob', 'Cleo', 'Dan'];
  const places = ['Rome', 'Oslo', 'Lima'];
  return Array.from({ length: 60 }, (_, i) => {
    const [one, other, place] = [people[i % 4]!, people[(i + 1 + (i % 3)) % 4]!, places[i % 3]!];
    return `${one} B-PER\nmet O\n${other} B-PER\nin O\n${place} B-LOC\n. O\n`;
  }).join('\n');
}

function questions(): string {
  const places = ['Rome', 'Oslo', 'Lima'];
  return Array.from({ length: 40 }, (_, i) => {
    const place = places[i % 3]!;
    const context = `Ada met Bob in ${place} on day ${i}.`;
    return JSON.stringify({ question: 'Where did Ada meet Bob?', context, answer: place });
  }).join('\n');
}

async function openMasking(window: Window): Promise<Locator> {
  await window.command('cloze.showMasking');
  return window.webview('.masking-page');
}

/** Answers an input box. */
async function type(picker: Locator, text: string): Promise<void> {
  const input = picker.locator('input[type="text"]');
  await input.waitFor({ timeout: PATIENCE });
  await input.fill(text);
  await input.press('Enter');
  await input.waitFor({ state: 'hidden' }); // what takes the focus before would cancel it
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
