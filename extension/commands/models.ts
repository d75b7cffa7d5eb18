/** The commands about models and the device, by their names in contributions.ts. */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod';
import { ExportRequestSchema } from '../../worker/protocol/export.ts';
import { modelDescription, shortBytes } from '../training/describe.ts';
import { describeDevice } from '../training/device-report.ts';
import type { ModelChoice } from '../training/model-choice.ts';
import type { ListedModel, ModelList } from '../training/model-list.ts';
import { pathOf } from '../platform/line.ts';
import { refusal } from '../platform/problem.ts';
import type { CallWorker } from '../worker/worker-process.ts';
import { exportChoices, exportName } from './export-choices.ts';
import { isFolderName } from './folder-name.ts';

export interface ModelCommandParts {
  /** Of the trainer. */
  readonly call: CallWorker;
  readonly models: ModelList;
  readonly choice: ModelChoice;
  /** Shows a text that can be read and copied. */
  readonly reports: { show(name: string, text: string): Promise<void> };
  readonly openFolder: (path: string) => Promise<void>;
}

const ExportFormSchema = ExportRequestSchema.pick({ format: true, dtype: true });

type ExportForm = z.output<typeof ExportFormSchema>;

/** What keybindings, tasks and tests may give to be asked nothing. */
const ExportSchema = z.object({ path: z.string(), out: z.string(), ...ExportFormSchema.shape });

export function modelCommands({ call, models, choice, reports, openFolder }: ModelCommandParts) {
  const add = async (): Promise<string | undefined> => {
    const path = await chooseFolder(vscode.l10n.t('Add Model Folder'));
    if (path !== undefined) await models.add(path);
    return path;
  };

  const exportTo = async (
    model: string,
    out: string,
    { format = 'huggingface', dtype }: ExportForm,
  ): Promise<void> => {
    const force = existsSync(out);
    if (force && !(await confirmReplace(out))) return;
    const title = vscode.l10n.t('Exporting {0}', basename(model));
    const { path, bytes } = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Window, title },
      () => call('export', { model, out, format, dtype, force }),
    );
    if (format === 'huggingface') await models.add(path);
    void tellExported(model, path, bytes, format === 'gguf' ? dirname(path) : path);
  };

  const tellExported = async (model: string, path: string, bytes: number, folder: string): Promise<void> => {
    const open = vscode.l10n.t('Open Folder');
    const message = vscode.l10n.t('Exported {0} to {1} ({2}).', basename(model), path, shortBytes(bytes));
    if ((await vscode.window.showInformationMessage(message, open)) === open) await openFolder(folder);
  };

  return {
    async selectCompletionModel(argument?: unknown) {
      const given = pathOf(argument);
      const picked = given === undefined ? await pick(models.models.filter(isWriter)) : { path: given };
      if (picked === undefined) return;
      const path = picked === ADD ? await add() : picked.path;
      if (path !== undefined || picked === NONE) await choice.choose(path);
    },
    async useForCompletion(argument?: unknown) {
      const path = pathOf(argument);
      if (path === undefined) throw refusal('no model was named');
      await choice.choose(path);
    },
    async addModel(argument?: unknown) {
      const path = pathOf(argument);
      if (path === undefined) await add();
      else await models.add(path);
    },
    async removeModel(argument?: unknown) {
      const path = pathOf(argument);
      if (path !== undefined) await models.remove(path);
    },
    async exportModel(argument?: unknown) {
      const asked = ExportSchema.safeParse(argument).data;
      if (asked !== undefined) return exportTo(asked.path, asked.out, asked);
      const given = pathOf(argument);
      const model = given ?? (await pickModel(models.models, vscode.l10n.t('Export which model?')));
      if (model === undefined) return;
      const choices = exportChoices(await call('exportFormats', { model }));
      const title = vscode.l10n.t('Export {0} as what?', basename(model));
      const choice = await vscode.window.showQuickPick(choices, { title, matchOnDescription: true });
      if (choice === undefined) return;
      const parent = await chooseFolder(vscode.l10n.t('Export Here'));
      if (parent === undefined) return;
      const nameTitle = vscode.l10n.t('Name of what is exported to {0}', parent);
      const name = await askName(nameTitle, exportName(basename(model), choice));
      if (name !== undefined) await exportTo(model, join(parent, exportName(name, choice)), choice);
    },
    async showDevice() {
      const title = vscode.l10n.t('Trying what this machine can compute with');
      const report = await vscode.window.withProgress(
        { location: vscode.ProgressLocation.Window, title },
        () => call('device', {}),
      );
      await reports.show('Device', describeDevice(report));
    },
  };
}

/** Whether it can complete, as far as is known: an encoder reads only. */
function isWriter({ head }: ListedModel): boolean {
  return head === undefined;
}

type Pick = vscode.QuickPickItem & { readonly path: string | undefined };

const ADD: Pick = {
  label: vscode.l10n.t('Add Model Folder...'),
  iconPath: new vscode.ThemeIcon('add'),
  path: undefined,
};
const NONE: Pick = {
  label: vscode.l10n.t('No Model'),
  iconPath: new vscode.ThemeIcon('circle-slash'),
  path: undefined,
};
const SEPARATOR: Pick = { label: '', kind: vscode.QuickPickItemKind.Separator, path: undefined };

/** A model, or one of the two above. */
function pick(models: readonly ListedModel[]): Thenable<Pick | undefined> {
  const title = vscode.l10n.t('Complete with which model?');
  const items = [...models.map(itemOf), SEPARATOR, ADD, NONE];
  return vscode.window.showQuickPick(items, { title, matchOnDescription: true, matchOnDetail: true });
}

/** Throws `usage` where there is none. */
export async function pickModel(models: readonly ListedModel[], title: string): Promise<string | undefined> {
  if (models.length === 0) throw refusal('there is no model yet', 'train one, or add a model folder');
  return (await vscode.window.showQuickPick(models.map(itemOf), { title, matchOnDescription: true }))?.path;
}

export function itemOf(model: ListedModel): Pick {
  const icon = model.problem !== undefined ? 'error' : model.inUse ? 'check' : 'package';
  const iconPath = new vscode.ThemeIcon(icon);
  return {
    label: model.name,
    description: modelDescription(model),
    detail: model.path,
    iconPath,
    path: model.path,
  };
}

export function askName(title: string, value: string): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title,
    value,
    ignoreFocusOut: true,
    validateInput: (name) => (isFolderName(name) ? undefined : vscode.l10n.t('Expected a name')),
  });
}

export async function chooseFolder(openLabel: string): Promise<string | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    openLabel,
  });
  return chosen?.[0]?.fsPath;
}

export async function confirmReplace(out: string): Promise<boolean> {
  const replace = vscode.l10n.t('Replace');
  const message = vscode.l10n.t('There is {0} already. Replace that model?', out);
  return (await vscode.window.showWarningMessage(message, { modal: true }, replace)) === replace;
}
