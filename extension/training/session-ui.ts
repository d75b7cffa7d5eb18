import * as vscode from 'vscode';
import { type ObjectiveName, writes } from '../../webview/protocol/objectives.ts';
import { chosenBy } from '../../webview/protocol/scores.ts';
import type { RunSummary } from '../../webview/protocol/training.ts';
import { RemoteError } from '../../worker/protocol/rpc.ts';
import { type CommandId, COMMANDS } from '../contributions.ts';
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

  async chooseData(ends: readonly string[]): Promise<readonly string[] | undefined> {
    const isText = ends.length === 0;
    const chosen = await vscode.window.showOpenDialog({
      canSelectFiles: true,
      canSelectFolders: isText,
      canSelectMany: true,
      openLabel: vscode.l10n.t('Train on These'),
      title: isText
        ? vscode.l10n.t('Files and folders to train on')
        : vscode.l10n.t('Files of examples to train on'),
      ...(isText ? {} : { filters: { [vscode.l10n.t('Examples')]: [...ends] } }),
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

  async #tellTrained(run: RunSummary, isChosen: boolean): Promise<void> {
    const { path, name, best, objective } = run;
    const trained =
      best === undefined
        ? vscode.l10n.t('{0} is trained.', name)
        : vscode.l10n.t('{0} is trained: {1}.', name, chosenBy(best));
    if (!writes(objective)) {
      await this.#offerUses(trained, usesOf(objective), path);
      return;
    }
    const use = vscode.l10n.t('Use for Completion');
    const completes = vscode.l10n.t('It completes code from now on.');
    const message = isChosen ? `${trained} ${completes}` : trained;
    const choice = await vscode.window.showInformationMessage(message, ...(run.inUse ? [] : [use]));
    if (choice !== use) return;
    await this.#useForCompletion(path).catch((error: unknown) => this.tellProblem(error));
  }

  /** What a model is good for that does not write. */
  async #offerUses(trained: string, uses: readonly Use[], path: string): Promise<void> {
    const choice = await vscode.window.showInformationMessage(trained, ...uses.map(({ label }) => label));
    const use = uses.find(({ label }) => label === choice);
    if (use !== undefined) await vscode.commands.executeCommand(use.command, { path });
  }
}

interface Use {
  readonly label: string;
  readonly command: CommandId;
}

function usesOf(objective: ObjectiveName): readonly Use[] {
  switch (objective) {
    case 'mlm':
    case 'mlm+nsp':
      return [
        { label: vscode.l10n.t('Fill Masked Word'), command: COMMANDS.fillMaskedWord },
        { label: vscode.l10n.t('Show Masking'), command: COMMANDS.showMasking },
      ];
    case 'classify':
      return [{ label: vscode.l10n.t('Classify Selection'), command: COMMANDS.classifySelection }];
    case 'tag':
      return [{ label: vscode.l10n.t('Tag Entities'), command: COMMANDS.tagEntities }];
    case 'qa':
      return [{ label: vscode.l10n.t('Answer from Document'), command: COMMANDS.answerFromDocument }];
    case 'clm':
      return [];
  }
}
