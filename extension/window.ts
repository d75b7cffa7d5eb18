/** Everything of Cloze that lives as long as its window: built and joined here. */
import { join } from 'node:path';
import * as vscode from 'vscode';
import { AdapterPanels } from './adapter/panels.ts';
import { adapterSource } from './adapter/source.ts';
import { AttentionPanels } from './attention/panels.ts';
import { adapterCommands } from './commands/adapters.ts';
import { combineCommands } from './commands/combine.ts';
import { encoderCommands } from './commands/encoder.ts';
import { importCommands } from './commands/import.ts';
import { showMenu } from './commands/menu.ts';
import { modelCommands } from './commands/models.ts';
import { trainingCommands } from './commands/training.ts';
import { CompletionController } from './completion/controller.ts';
import { type CommandName, COMMANDS, type PANELS } from './contributions.ts';
import { Encoders } from './encoder/encoders.ts';
import { EntityMarks } from './encoder/entities.ts';
import { MaskingPanels } from './encoder/masking-panels.ts';
import { Disposables } from './platform/disposable.ts';
import { showError } from './platform/errors.ts';
import { settingFolder, workspaceFolders } from './platform/folders.ts';
import { Reports } from './platform/reports.ts';
import { onDidChangeSetting, readSetting } from './platform/settings.ts';
import { TokenizerPanels } from './tokenizer/panels.ts';
import { ModelChoice } from './training/model-choice.ts';
import { isAdapter, ModelList } from './training/model-list.ts';
import { RunStore } from './training/run-store.ts';
import { TrainingSession } from './training/session.ts';
import { WindowUi } from './training/session-ui.ts';
import { ModelsTree } from './views/models-tree.ts';
import { RunsTree } from './views/runs-tree.ts';
import { StatusBar } from './views/status-bar.ts';
import { TrainingView } from './views/training-view.ts';
import { WorkerHost } from './worker/worker-host.ts';

export { showError };

type Command = (argument?: unknown) => unknown;

export interface ClozeWindow {
  readonly commands: Readonly<Record<CommandName, Command>>;
  /** Restore pages after a reload. */
  readonly panels: Readonly<Record<keyof typeof PANELS, vscode.WebviewPanelSerializer>>;
  /** Ends everything; resolves when the worker processes are gone. A run under way saves itself first. */
  end(): Promise<void>;
}

export function openWindow(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): ClozeWindow {
  const held = new Disposables();
  const { extensionUri } = context;
  const workerLog = vscode.window.createOutputChannel('Cloze Worker', { log: true });
  const trainer = new WorkerHost({ extensionUri, role: 'trainer', log: workerLog });
  const completer = new WorkerHost({ extensionUri, role: 'completer', log: workerLog });
  const workers = [trainer, completer];

  const reports = held.add(new Reports());
  const store = held.add(new RunStore(runsFolder(context)));
  const choice = held.add(new ModelChoice(context.workspaceState));
  const models = held.add(new ModelList(store, context.globalState, choice));
  const session = held.add(trainingSession({ context, trainer, store, choice, models, log }));
  const completion = held.add(
    new CompletionController({
      ...{ context, worker: completer, models: choice, reports, log },
      familyOf: (path) => models.familyOf(path),
    }),
  );
  const pages = { context, worker: completer, models, log };
  const tokenizer = held.add(new TokenizerPanels(pages));
  const attention = held.add(new AttentionPanels(pages));
  const execute = (command: string) => (path: string) => vscode.commands.executeCommand(command, { path });
  const adapters = held.add(
    new AdapterPanels({
      ...{ context, log },
      source: adapterSource({ call: completer.call, models, session, restore: () => completion.reopen() }),
      useForCompletion: (path) => choice.choose(path),
      merge: execute(COMMANDS.mergeAdapter),
      showAttention: execute(COMMANDS.showAttention),
      changes: [session.onDidChange, models.onDidChange, choice.onDidChange],
    }),
  );
  const encoders = new Encoders(models);
  const masking = held.add(new MaskingPanels({ ...pages, encoders }));
  const marks = held.add(
    new EntityMarks((model, text, signal) => completer.call('tag', { model, text }, { signal }), log),
  );

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
  held.add(store.onDidChange(() => choice.check()));
  store.watch();
  session.activate().catch((error: unknown) => log.error(String(error)));

  const openFolder = (path: string): Promise<void> => session.openFolder(path);
  const modelsFolder = (): string => storedFolder(context, 'hub.modelsFolder', 'models');
  const ofModels = modelCommands({
    ...{ call: trainer.call, models, choice, reports, openFolder },
  });
  return {
    commands: {
      ...trainingCommands({ session, store, models, choice }),
      ...ofModels,
      ...adapterCommands({
        models,
        choice,
        panels: adapters,
        exportModel: (line) => ofModels.exportModel(line),
      }),
      ...combineCommands({ call: completer.call, models, folder: modelsFolder }),
      ...importCommands({
        call: completer.call,
        models,
        secrets: context.secrets,
        folder: modelsFolder,
        openFolder,
      }),
      toggleCompletion: () => completion.toggle(),
      whyNoCompletion: () => completion.whyNoCompletion(),
      showStatistics: () => completion.showStatistics(),
      generateAtCursor: () => completion.generateAtCursor(),
      tokenizeSelection: () => tokenizer.open(),
      showAttention: (argument) => attention.open(argument),
      ...encoderCommands({ call: completer.call, encoders, marks, masking }),
      restartWorkers: () => Promise.all(workers.map((worker) => worker.restart())),
      openLog: () => log.show(),
      showMenu: () => showMenu(completion.status, session, models.models.some(isAdapter)),
    },
    panels: { tokenizer, attention, masking, adapter: adapters },
    async end() {
      held.dispose();
      await Promise.all(workers.map((worker) => worker.end()));
      workerLog.dispose(); // their last lines are worth having
    },
  };
}

function runsFolder(context: vscode.ExtensionContext): string {
  return storedFolder(context, 'training.runsFolder', 'runs');
}

/** The folder that a setting names, seen from the user's home, or one of the storage that all windows share. */
function storedFolder(
  { globalStorageUri }: vscode.ExtensionContext,
  setting: 'training.runsFolder' | 'hub.modelsFolder',
  name: string,
): string {
  const named = readSetting(setting);
  return named === '' ? join(globalStorageUri.fsPath, name) : settingFolder(named);
}

interface TrainingParts {
  readonly context: vscode.ExtensionContext;
  readonly trainer: WorkerHost;
  readonly store: RunStore;
  readonly choice: ModelChoice;
  readonly models: ModelList;
  readonly log: vscode.LogOutputChannel;
}

function trainingSession({ context, trainer, store, choice, models, log }: TrainingParts): TrainingSession {
  return new TrainingSession({
    call: trainer.call,
    onDidRestart: trainer.onDidRestart,
    store,
    memento: context.workspaceState,
    modelFolders: () =>
      models.models.filter(({ kind, problem }) => kind === 'folder' && problem === undefined),
    model: choice,
    workspace: {
      get isTrusted() {
        return vscode.workspace.isTrusted;
      },
      folders: workspaceFolders,
    },
    settings: () => ({
      provider: readSetting('training.provider'),
      threads: readSetting('training.threads'),
      resumeAfterCrash: readSetting('training.resumeAfterCrash'),
    }),
    ui: new WindowUi(log, (path) => choice.choose(path).catch((error: unknown) => showError(log, error))),
  });
}
