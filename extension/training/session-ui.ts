import * as vscode from 'vscode';
import type { RunSummary } from '../../webview/protocol/training.ts';
import { RemoteError } from '../../worker/protocol/rpc.ts';
import { showError } from '../platform/errors.ts';
import type { RunEnd, SessionUi } from './session-parts.ts';

/** The session's questions and news, as VS Code's dialogs and notifications. */
export class WindowUi implements SessionUi {
  readonly #log: vscode.LogOutputChannel;
  readonly #useForCompletion: (path: string) => Promise<void>;

  constructor(log: vscode.LogOutputChannel, useForCompletion: (path: string) => Promise<void>) {
    this.#log = log;
    this.#useForCompletion = useForCompletion;
  }

  async chooseData(): Promise<readonly string[] | undefined> {
    const chosen = await vscode.window.showOpenDialog({
      canSelectFiles: true,
      canSelectFolders: true,
      canSelectMany: true,
      openLabel: vscode.l10n.t('Train on These'),
      title: vscode.l10n.t('Files and folders to train on'),
    });
    return chosen?.map(({ fsPath }) => fsPath);
  }

  async offerResume({ name, step, steps }: RunSummary): Promise<boolean> {
    const resume = vscode.l10n.t('Go On');
    const message = vscode.l10n.t(
      'The training of {0} stopped at step {1} of {2} when the window closed.',
      name,
      step,
      steps,
    );
    return (await vscode.window.showInformationMessage(message, resume, vscode.l10n.t('Later'))) === resume;
  }

  tellEnd({ run, problem, isChosen }: RunEnd): void {
    if (problem !== undefined) {
      const { message, hint } = problem;
      void showError(
        this.#log,
        new RemoteError(`the run ${run.name} failed: ${message}`, { code: 'internal', hint }),
      );
    } else if (run.status === 'completed' || isChosen) void this.#tellTrained(run, isChosen);
  }

  tellProblem(error: unknown): void {
    void showError(this.#log, error);
  }

  async confirmRemove({ name, inUse }: RunSummary): Promise<boolean> {
    const remove = vscode.l10n.t('Delete');
    const detail = inUse
      ? vscode.l10n.t('Its checkpoints and measurements go, and with them the model that completes now.')
      : vscode.l10n.t('Its checkpoints and measurements go.');
    const message = vscode.l10n.t('Delete the run {0}?', name);
    return (await vscode.window.showWarningMessage(message, { modal: true, detail }, remove)) === remove;
  }

  async remove(path: string): Promise<void> {
    const uri = vscode.Uri.file(path);
    try {
      await vscode.workspace.fs.delete(uri, { recursive: true, useTrash: true });
    } catch (error) {
      this.#log.warn(`${path} can not be moved to the trash: ${String(error)}`);
      await vscode.workspace.fs.delete(uri, { recursive: true }); // the user has confirmed that it goes
    }
  }

  /** In the system's file manager; where there is none, as of a remote machine, in a window of its own. */
  async openFolder(path: string): Promise<void> {
    const uri = vscode.Uri.file(path);
    const isLocal = vscode.env.uiKind === vscode.UIKind.Desktop && vscode.env.remoteName === undefined;
    if (isLocal) await vscode.commands.executeCommand('revealFileInOS', uri);
    else await vscode.commands.executeCommand('vscode.openFolder', uri, { forceNewWindow: true });
  }

  async #tellTrained({ path, name, best, inUse }: RunSummary, isChosen: boolean): Promise<void> {
    const trained =
      best === undefined
        ? vscode.l10n.t('{0} is trained.', name)
        : vscode.l10n.t('{0} is trained: validation loss {1}.', name, best.valLoss.toFixed(3));
    const use = vscode.l10n.t('Use for Completion');
    const completes = vscode.l10n.t('It completes code from now on.');
    const actions = inUse ? [] : [use];
    const message = isChosen ? `${trained} ${completes}` : trained;
    const choice = await vscode.window.showInformationMessage(message, ...actions);
    if (choice !== use) return;
    await this.#useForCompletion(path).catch((error: unknown) => this.tellProblem(error));
  }
}
