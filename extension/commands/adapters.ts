/** The commands about adapters, by their names in contributions.ts. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { AdapterPanels } from '../adapter/panels.ts';
import { modelDescription } from '../training/describe.ts';
import type { ModelChoice } from '../training/model-choice.ts';
import { isAdapter, type ListedModel, type ModelList } from '../training/model-list.ts';
import { pathOf } from '../platform/line.ts';
import { refusal } from '../platform/problem.ts';
import { pickModel } from './models.ts';

export interface AdapterCommandParts {
  readonly models: ModelList;
  readonly choice: ModelChoice;
  readonly panels: AdapterPanels;
  /** The command that exports a model, which merges an adapter with its base. */
  readonly exportModel: (line: { readonly path: string }) => unknown;
}

export function adapterCommands({ models, choice, panels, exportModel }: AdapterCommandParts) {
  /** An adapter that is named, or that completes now, or that the user picks; undefined is their refusal. */
  const adapter = async (argument: unknown, title: string): Promise<string | undefined> => {
    const given = pathOf(argument);
    if (given !== undefined) return given;
    const inUse = choice.path;
    if (inUse !== undefined && models.familyOf(inUse).isAdapter) return inUse;
    return pickModel(adaptersOf(models.models), title);
  };

  return {
    async switchAdapter(argument?: unknown) {
      const given = pathOf(argument);
      const picked = given ?? (await pickSwitch(choice.path, models));
      if (picked === undefined || picked === choice.path) return;
      await choice.choose(picked);
      vscode.window.setStatusBarMessage(vscode.l10n.t('Cloze completes with {0}', basename(picked)), 3000);
    },
    async mergeAdapter(argument?: unknown) {
      const given = pathOf(argument);
      const title = vscode.l10n.t('Merge which adapter with its base?');
      const path = given ?? (await pickModel(adaptersOf(models.models), title));
      if (path !== undefined) await exportModel({ path });
    },
    async showAdapter(argument?: unknown) {
      const path = await adapter(argument, vscode.l10n.t('Show which adapter?'));
      if (path !== undefined) panels.open(path);
    },
    async compareAdapter(argument?: unknown) {
      const path = await adapter(argument, vscode.l10n.t('Compare which adapter with its base?'));
      if (path !== undefined) panels.compare(path, vscode.window.activeTextEditor);
    },
  };
}

/** The adapters among models. Throws `usage` where there is none. */
export function adaptersOf(models: readonly ListedModel[]): ListedModel[] {
  const adapters = models.filter(isAdapter);
  if (adapters.length === 0)
    throw refusal('there is no adapter yet', 'train one: Cloze: Fine-Tune with LoRA');
  return adapters;
}

type Pick = vscode.QuickPickItem & { readonly path: string };

/** One of the adapters of the model that completes, or the model without any. Throws `usage` where there is no choice. */
async function pickSwitch(path: string | undefined, models: ModelList): Promise<string | undefined> {
  if (path === undefined)
    throw refusal('no model is chosen for completion', 'choose one: Cloze: Select Completion Model');
  const { base, adapters, isAdapter } = models.familyOf(path);
  if (adapters.length === 0 && !isAdapter)
    throw refusal(`${base.name} has no adapter yet`, 'train one: Cloze: Fine-Tune with LoRA');
  const icon = (inUse: boolean): vscode.ThemeIcon => new vscode.ThemeIcon(inUse ? 'check' : 'layers');
  const none: Pick = {
    label: vscode.l10n.t('No Adapter'),
    description: base.name,
    iconPath: icon(!isAdapter),
    path: base.path,
  };
  const items = adapters.map((model): Pick => ({
    label: model.name,
    description: modelDescription(model),
    detail: model.path,
    iconPath: icon(model.inUse),
    path: model.path,
  }));
  const title = vscode.l10n.t('Complete with which adapter of {0}?', base.name);
  return (await vscode.window.showQuickPick([none, ...items], { title, matchOnDescription: true }))?.path;
}
