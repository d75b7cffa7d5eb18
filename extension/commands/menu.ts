/** The status bar's menu: what can be done now, by the commands' own names. */
import * as vscode from 'vscode';
import type { CompletionStatus } from '../completion/controller.ts';
import { type CommandId, COMMANDS } from '../contributions.ts';
import type { TrainingSession } from '../training/session.ts';

interface Entry extends vscode.QuickPickItem {
  readonly run?: CommandId;
}

export async function showMenu(
  status: CompletionStatus,
  { active, history }: Pick<TrainingSession, 'active' | 'history'>,
  hasAdapters: boolean,
): Promise<void> {
  const entries = [
    ...completionEntries(status, hasAdapters),
    separator(vscode.l10n.t('Training')),
    ...trainingEntries(active?.status, history.length > 0),
    separator(vscode.l10n.t('More')),
    entry(COMMANDS.tokenizeSelection, '$(symbol-string)', vscode.l10n.t('Tokenize Selection')),
    ...(status.model === undefined && history.length === 0
      ? []
      : [entry(COMMANDS.showAttention, '$(eye)', vscode.l10n.t('Show Attention'))]),
    entry(COMMANDS.showDevice, '$(circuit-board)', vscode.l10n.t('Show Device')),
    entry(COMMANDS.openLog, '$(output)', vscode.l10n.t('Open Log')),
  ];
  const chosen = await vscode.window.showQuickPick<Entry>(entries, { title: 'Cloze' });
  if (chosen?.run !== undefined) await vscode.commands.executeCommand(chosen.run);
}

function completionEntries({ enabled, model }: CompletionStatus, hasAdapters: boolean): Entry[] {
  const select = entry(
    COMMANDS.selectCompletionModel,
    '$(sparkle)',
    vscode.l10n.t('Select Completion Model...'),
    model,
  );
  if (model === undefined) return [select];
  const toggle = enabled ? vscode.l10n.t('Switch Completion Off') : vscode.l10n.t('Switch Completion On');
  return [
    entry(COMMANDS.toggleCompletion, enabled ? '$(circle-slash)' : '$(check)', toggle),
    select,
    ...(hasAdapters ? [entry(COMMANDS.switchAdapter, '$(layers)', vscode.l10n.t('Switch Adapter...'))] : []),
    entry(COMMANDS.generateAtCursor, '$(edit)', vscode.l10n.t('Generate at Cursor')),
    entry(COMMANDS.whyNoCompletion, '$(question)', vscode.l10n.t('Why No Completion?')),
    entry(COMMANDS.showStatistics, '$(graph)', vscode.l10n.t('Show Completion Statistics')),
  ];
}

function trainingEntries(status: string | undefined, hasRuns: boolean): Entry[] {
  const resume = entry(COMMANDS.resumeTraining, '$(debug-continue)', vscode.l10n.t('Resume Training'));
  if (status === undefined) {
    const train = entry(COMMANDS.trainWorkspace, '$(play)', vscode.l10n.t('Train on Workspace'));
    return hasRuns ? [train, resume] : [train];
  }
  const stop = entry(
    COMMANDS.stopTraining,
    '$(debug-stop)',
    vscode.l10n.t('Stop Training and Keep the Model'),
  );
  return status === 'paused'
    ? [resume, stop]
    : [entry(COMMANDS.pauseTraining, '$(debug-pause)', vscode.l10n.t('Pause Training')), stop];
}

function entry(run: CommandId, icon: string, label: string, description?: string): Entry {
  return { label: `${icon} ${label}`, description, run };
}

function separator(label: string): Entry {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}
