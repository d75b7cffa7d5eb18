/** The commands that fetch models from elsewhere, by their names in contributions.ts. Nothing else opens a connection. */
import { existsSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod';
import {
  type ImportEvent,
  type ImportRequest,
  type ImportResult,
  isRepositoryName,
} from '../../worker/protocol/import.ts';
import { hasCode } from '../../worker/protocol/rpc.ts';
import { withCancel } from '../platform/progress.ts';
import { describe } from '../platform/errors.ts';
import { readSetting } from '../platform/settings.ts';
import { requireTrusted } from '../platform/trust.ts';
import { shortBytes } from '../training/describe.ts';
import type { ModelList } from '../training/model-list.ts';
import type { CallWorker } from '../worker/worker-process.ts';
import { chooseFolder, confirmReplace, pickModel } from './models.ts';

export interface ImportCommandParts {
  /** Of the completer: a run would hold a transfer up. */
  readonly call: CallWorker;
  readonly models: ModelList;
  readonly secrets: vscode.SecretStorage;
  /** Where imported models are kept. */
  readonly folder: () => string;
  readonly openFolder: (path: string) => Promise<void>;
}

/** The token's name in the secret storage. */
const TOKEN = 'cloze.hub.token';

/** What another caller than the user may give. */
const ChoiceSchema = z.object({
  source: z.string().refine((source) => isAbsolute(source) || isRepositoryName(source)),
  revision: z.string().optional(),
});
type Choice = z.output<typeof ChoiceSchema>;

export function importCommands({ call, models, secrets, folder, openFolder }: ImportCommandParts) {
  const fetch = (request: ImportRequest): Thenable<ImportResult> =>
    withCancel(vscode.l10n.t('Importing {0}', nameOf(request.source)), (signal, progress) =>
      call('import', request, { signal, onEvent: reporter(progress) }),
    );

  /** Asks for what the first try turned out to need: a token, or an adapter's base. */
  const fetchAsking = async (request: ImportRequest): Promise<ImportResult | undefined> => {
    try {
      return await fetch(request);
    } catch (error) {
      if (hasCode(error, 'credentials')) {
        const token = await askToken(describe(error));
        if (token === undefined || token === '') throw error;
        await secrets.store(TOKEN, token);
        return fetchAsking({ ...request, token });
      }
      if (!hasCode(error, 'base')) throw error;
      void vscode.window.showInformationMessage(describe(error));
      const base = await pickModel(models.models, vscode.l10n.t("Which model is the adapter's base?"));
      return base === undefined ? undefined : fetch({ ...request, base });
    }
  };

  return {
    async importModel(argument?: unknown) {
      const choice = ChoiceSchema.safeParse(argument).data ?? (await choose());
      if (choice === undefined) return;
      const isFolder = isAbsolute(choice.source);
      if (isFolder) requireTrusted(choice.source);
      const out = join(folder(), nameOf(choice.source));
      const force = existsSync(out);
      if (force && !(await confirmReplace(out))) return;
      const token = isFolder ? undefined : await secrets.get(TOKEN);
      const endpoint = readSetting('hub.endpoint');
      const imported = await fetchAsking({ ...choice, hub: !isFolder, out, force, endpoint, token });
      if (imported === undefined) return;
      await models.add(imported.folder);
      void tellImported(imported, openFolder);
    },
    async setHubToken() {
      const token = await askToken(
        vscode.l10n.t('VS Code keeps it in its secret storage. An empty one removes it.'),
      );
      if (token === undefined) return;
      if (token === '') await secrets.delete(TOKEN);
      else await secrets.store(TOKEN, token);
    },
  };
}

/** Of a repository owner--name, as a folder can be called. */
function nameOf(source: string): string {
  return isAbsolute(source) ? basename(source) : source.replaceAll('/', '--');
}

async function choose(): Promise<Choice | undefined> {
  const hub = {
    label: vscode.l10n.t('From the Hugging Face Hub...'),
    iconPath: new vscode.ThemeIcon('cloud-download'),
  };
  const disk = { label: vscode.l10n.t('From a Folder...'), iconPath: new vscode.ThemeIcon('folder') };
  const picked = await vscode.window.showQuickPick([hub, disk], { title: vscode.l10n.t('Import a model') });
  if (picked === hub) return chooseRepository();
  if (picked === undefined) return undefined;
  const source = await chooseFolder(vscode.l10n.t('Import'));
  return source === undefined ? undefined : { source };
}

async function chooseRepository(): Promise<Choice | undefined> {
  const source = await vscode.window.showInputBox({
    title: vscode.l10n.t('Which repository?'),
    placeHolder: 'openai-community/gpt2',
    ignoreFocusOut: true,
    validateInput: (text) =>
      isRepositoryName(text.trim()) ? undefined : vscode.l10n.t('Expected owner/name'),
  });
  if (source === undefined) return undefined;
  const revision = await vscode.window.showInputBox({
    title: vscode.l10n.t('Which revision of {0}: a branch, a tag or a commit?', source),
    value: 'main',
    ignoreFocusOut: true,
  });
  if (revision === undefined) return undefined;
  return { source: source.trim(), ...(revision.trim() === '' ? {} : { revision: revision.trim() }) };
}

/** An empty one means none. */
async function askToken(prompt: string): Promise<string | undefined> {
  const token = await vscode.window.showInputBox({
    title: vscode.l10n.t('Hugging Face token'),
    prompt,
    password: true,
    ignoreFocusOut: true,
  });
  return token?.trim();
}

/** Says how far an import is. */
function reporter(progress: vscode.Progress<{ message?: string; increment?: number }>) {
  let told = 0;
  return (event: ImportEvent): void => {
    if ('note' in event) {
      progress.report({ message: event.note });
      return;
    }
    const { done, total, file } = event.progress;
    if (file === undefined || total === 0) return;
    const share = (100 * done) / total;
    const message = vscode.l10n.t('{0} of {1}, {2}', shortBytes(done), shortBytes(total), file);
    progress.report({ message, increment: Math.max(0, share - told) });
    told = Math.max(told, share);
  };
}

async function tellImported(
  { folder, source, bytes }: ImportResult,
  openFolder: (path: string) => Promise<void>,
): Promise<void> {
  const open = vscode.l10n.t('Open Folder');
  const message = vscode.l10n.t('Imported {0} ({1}). It is in the Models view.', source, shortBytes(bytes));
  if ((await vscode.window.showInformationMessage(message, open)) === open) await openFolder(folder);
}
