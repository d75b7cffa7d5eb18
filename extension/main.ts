/** The extension's two ends: what lives as long as the window is built, joined and registered here. */
import { join } from 'node:path';
import * as vscode from 'vscode';
import { showMenu } from './commands/menu.ts';
import { modelCommands } from './commands/models.ts';
import { trainingCommands } from './commands/training.ts';
import { CompletionController } from './completion/controller.ts';
import { COMMANDS } from './contributions.ts';
import { setContext } from './platform/context.ts';
import { Disposables } from './platform/disposable.ts';
import { showError } from './platform/errors.ts';
import { Reports } from './platform/reports.ts';
import { onDidChangeSetting, readSetting } from './platform/settings.ts';
import { isSupported } from './platform/supported.ts';
import { TokenizerPanels } from './tokenizer/panels.ts';
import { ModelChoice } from './training/model-choice.ts';
import { ModelList } from './training/model-list.ts';
import { RunStore } from './training/run-store.ts';
import { TrainingSession } from './training/session.ts';
import { WindowUi } from './training/session-ui.ts';
import { ModelsTree } from './views/models-tree.ts';
import { RunsTree } from './views/runs-tree.ts';
import { StatusBar } from './views/status-bar.ts';
import { TrainingView } from './views/training-view.ts';
import { WorkerHost } from './worker/worker-host.ts';

/** Worker processes of this window; they end with it, and a run under way is saved first. */
let workers: readonly WorkerHost[] = [];

export function activate(context: vscode.ExtensionContext): void {
  const held = new Disposables();
  context.subscriptions.push(held);
  const log = held.add(vscode.window.createOutputChannel('Cloze', { log: true }));
  setContext('cloze.supported', isSupported());
  if (!isSupported()) {
    registerAll(held, log, {});
    return;
  }
  const { extensionUri } = context;
  const workerLog = held.add(vscode.window.createOutputChannel('Cloze Worker', { log: true }));
  const trainer = new WorkerHost({ extensionUri, role: 'trainer', log: workerLog });
  const completer = new WorkerHost({ extensionUri, role: 'completer', log: workerLog });
  workers = [trainer, completer];

  const reports = held.add(new Reports());
  const store = held.add(new RunStore(runsFolder(context)));
  const choice = held.add(new ModelChoice(context.workspaceState));
  const models = held.add(new ModelList(store, context.globalState, choice));
  const session = held.add(trainingSession({ context, trainer, store, choice, log }));
  const completion = held.add(
    new CompletionController({ context, worker: completer, models: choice, reports, log }),
  );
  const tokenizers = held.add(new TokenizerPanels({ context, worker: completer, models, log }));

  held.add(new TrainingView({ extensionUri, session, log }));
  held.add(new RunsTree(session));
  held.add(new ModelsTree(models, choice));
  held.add(new StatusBar(completion, session));
  held.add(vscode.workspace.onDidGrantWorkspaceTrust(() => session.tellState()));
  held.add(onDidChangeSetting(['training.runsFolder'], () => void store.setFolder(runsFolder(context))));
  held.add(
    vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused) void store.refresh().then(() => choice.check());
    }),
  );

  const openFolder = (path: string): Promise<void> => session.openFolder(path);
  registerAll(held, log, {
    ...trainingCommands({ session, store }),
    ...modelCommands({ call: trainer.call, models, choice, reports, openFolder }),
    toggleCompletion: () => completion.toggle(),
    whyNoCompletion: () => completion.whyNoCompletion(),
    showStatistics: () => completion.showStatistics(),
    generateAtCursor: () => completion.generateAtCursor(),
    tokenizeSelection: () => tokenizers.open(),
    restartWorkers: () => Promise.all(workers.map((worker) => worker.restart())),
    openLog: () => log.show(),
    showMenu: () => showMenu(completion.status, session),
  });

  store.watch();
  session.activate().catch((error: unknown) => log.error(String(error)));
}

export async function deactivate(): Promise<void> {
  await Promise.all(workers.map((worker) => worker.end()));
}

type Command = (argument?: unknown) => unknown;

/** Registers every command of the table; one that there is nothing for says that the platform is not supported. */
function registerAll(
  held: Disposables,
  log: vscode.LogOutputChannel,
  commands: Partial<Record<keyof typeof COMMANDS, Command>>,
): void {
  const unsupported: Command = () => {
    throw new Error(vscode.l10n.t('Cloze does not run on this platform.'));
  };
  for (const name of Object.keys(COMMANDS) as (keyof typeof COMMANDS)[]) {
    const command = commands[name] ?? unsupported;
    held.add(
      vscode.commands.registerCommand(COMMANDS[name], async (argument?: unknown) => {
        try {
          await command(argument);
        } catch (error) {
          await showError(log, error);
        }
      }),
    );
  }
}

/** The folder that the settings name, or the storage that all windows share. */
function runsFolder({ globalStorageUri }: vscode.ExtensionContext): string {
  return readSetting('training.runsFolder') || join(globalStorageUri.fsPath, 'runs');
}

interface TrainingParts {
  readonly context: vscode.ExtensionContext;
  readonly trainer: WorkerHost;
  readonly store: RunStore;
  readonly choice: ModelChoice;
  readonly log: vscode.LogOutputChannel;
}

function trainingSession({ context, trainer, store, choice, log }: TrainingParts): TrainingSession {
  return new TrainingSession({
    call: trainer.call,
    onDidRestart: trainer.onDidRestart,
    store,
    memento: context.workspaceState,
    model: choice,
    workspace: {
      get isTrusted() {
        return vscode.workspace.isTrusted;
      },
      folders: () => (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath),
    },
    settings: () => ({
      provider: readSetting('training.provider'),
      threads: readSetting('training.threads'),
      resumeAfterCrash: readSetting('training.resumeAfterCrash'),
    }),
    ui: new WindowUi(log, (path) => choice.choose(path).catch((error: unknown) => showError(log, error))),
  });
}
