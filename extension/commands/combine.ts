/** The command that makes one adapter of several, and what it asks for that. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod';
import { type CombineRequest, CombineRequestSchema, parseWeight } from '../../worker/protocol/combine.ts';
import { COMMANDS } from '../contributions.ts';
import { withCancel } from '../platform/progress.ts';
import { pathOf } from '../platform/line.ts';
import { refusal } from '../platform/problem.ts';
import { requireTrusted } from '../platform/trust.ts';
import type { ListedModel, ModelList } from '../training/model-list.ts';
import type { CallWorker } from '../worker/worker-process.ts';
import { adaptersOf } from './adapters.ts';
import { combinationLabel, combinedName, equalWeight } from './combination.ts';
import { askName, confirmReplace, itemOf, pickModel } from './models.ts';

export interface CombineCommandParts {
  /** Of the completer: it answers while a run trains. */
  readonly call: CallWorker;
  readonly models: ModelList;
  /** Where models that belong to no run are kept. */
  readonly folder: () => string;
}

type Combination = Pick<CombineRequest, 'parts' | 'out'>;

/** What keybindings, tasks and tests may give to be asked nothing. */
const CombinationSchema = CombineRequestSchema.omit({ force: true });

/** What is to be combined, where the caller says so; undefined where the user is to say. Throws `usage`. */
function combinationOf(argument: unknown): Combination | undefined {
  const isNone = argument === undefined || argument === null; // of a keybinding
  if (isNone || pathOf(argument) !== undefined) return undefined;
  const { data, error } = CombinationSchema.safeParse(argument);
  if (error !== undefined) throw refusal(`what to combine is not as it should be: ${z.prettifyError(error)}`);
  return data;
}

export function combineCommands({ call, models, folder }: CombineCommandParts) {
  const ask = async (given: string | undefined): Promise<Combination | undefined> => {
    const adapters = await familyToCombine(models, given);
    if (adapters === undefined) return undefined;
    const picked = await pickAdapters(adapters, given);
    if (picked === undefined || picked.length === 0) return undefined;
    const parts = await askWeights(picked);
    if (parts === undefined) return undefined;
    const title = vscode.l10n.t('Name of the adapter that is made of {0}', combinationLabel(parts));
    const name = await askName(title, combinedName(picked));
    return name === undefined ? undefined : { parts, out: join(folder(), name) };
  };

  return {
    async combineAdapters(argument?: unknown) {
      const asked = combinationOf(argument) ?? (await ask(pathOf(argument)));
      if (asked === undefined) return;
      const { parts, out } = asked;
      for (const { adapter } of parts) requireTrusted(adapter);
      const force = existsSync(out);
      if (force && !(await confirmReplace(out))) return;
      const label = combinationLabel(parts);
      await withCancel(vscode.l10n.t('Combining {0}', label), (signal) =>
        call('combine', { parts, out, force }, { signal }),
      );
      await models.add(out);
      void offer(out, label);
    },
  };

  /** An encoder's adapter completes nothing. */
  async function offer(path: string, label: string): Promise<void> {
    const message = vscode.l10n.t('{0} is {1}. It is in the Models view.', basename(path), label);
    const complete = vscode.l10n.t('Switch to It');
    const actions = models.look(path).head === undefined ? [complete] : [];
    if ((await vscode.window.showInformationMessage(message, ...actions)) === complete)
      await vscode.commands.executeCommand(COMMANDS.useForCompletion, { path }); // which tells what goes wrong
  }
}

/** The adapters of one base: that of the one that is named, or the only one, or that which the user picks. */
async function familyToCombine(
  models: ModelList,
  given: string | undefined,
): Promise<readonly ListedModel[] | undefined> {
  if (given !== undefined) return adaptersOf(models.familyOf(given).adapters);
  const adapters = adaptersOf(models.models);
  const bases = [...new Set(adapters.map(({ base }) => base!))];
  const title = vscode.l10n.t('Combine adapters of which model?');
  const base =
    bases.length === 1
      ? bases[0]
      : await pickModel(
          bases.map((path) => models.look(path)),
          title,
        );
  return base === undefined ? undefined : models.familyOf(base).adapters;
}

/** In the order of the list. */
async function pickAdapters(
  adapters: readonly ListedModel[],
  given: string | undefined,
): Promise<string[] | undefined> {
  const items = adapters.map((model) => ({
    ...itemOf(model),
    path: model.path,
    picked: model.path === given,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Combine which adapters?'),
    placeHolder: vscode.l10n.t('What they add to their base is added up, with a weight for each'),
    canPickMany: true,
    matchOnDescription: true,
  });
  return picked?.map(({ path }) => path);
}

async function askWeights(adapters: readonly string[]): Promise<CombineRequest['parts'] | undefined> {
  const parts = [];
  for (const [index, adapter] of adapters.entries()) {
    const text = await vscode.window.showInputBox({
      title: vscode.l10n.t('Weight of {0} ({1} of {2})', basename(adapter), index + 1, adapters.length),
      prompt: vscode.l10n.t('1 is as it was trained; below 0, what it adds is taken away'),
      value: equalWeight(adapters.length),
      ignoreFocusOut: true,
      validateInput: (written) =>
        parseWeight(written) === undefined ? vscode.l10n.t('Expected a number, such as 0.7') : undefined,
    });
    const weight = text === undefined ? undefined : parseWeight(text);
    if (weight === undefined) return undefined;
    parts.push({ adapter, weight });
  }
  return parts;
}
