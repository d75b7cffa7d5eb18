import { homedir } from 'node:os';
import { resolve } from 'node:path';
import * as vscode from 'vscode';
import type { CallWorker } from '../worker/worker-process.ts';
import { type Disposable, Disposables } from '../platform/disposable.ts';
import { onDidChangeSetting, readSetting } from '../platform/settings.ts';
import { ModelChoice } from './model-choice.ts';
import { ModelList } from './model-list.ts';
import { RunStore } from './run-store.ts';
import { TrainingSession } from './session.ts';
import { WindowUi } from './session-ui.ts';

export interface TrainingParts {
  readonly context: vscode.ExtensionContext;
  /** The trainer. */
  readonly worker: { readonly call: CallWorker; readonly onDidRestart: vscode.Event<void> };
  readonly log: vscode.LogOutputChannel;
}

/** What a window knows of training. */
export interface Training extends Disposable {
  readonly session: TrainingSession;
  readonly store: RunStore;
  readonly choice: ModelChoice;
  readonly models: ModelList;
  /** Reads the runs, and takes up what was under way. Nothing is read before. */
  activate(): Promise<void>;
}

export function openTraining({ context, worker, log }: TrainingParts): Training {
  const owned = new Disposables();
  const store = owned.add(new RunStore(runsFolder(context)));
  const choice = owned.add(new ModelChoice(context.workspaceState));
  const models = owned.add(new ModelList(store, context.globalState, choice));
  const session: TrainingSession = owned.add(
    new TrainingSession({
      call: (...call) => worker.call(...call),
      onDidRestart: worker.onDidRestart,
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
      ui: new WindowUi(log, (path) => choice.choose(path)),
    }),
  );
  const look = (): void => {
    choice.check();
    void store.refresh();
  };
  owned.add(store.onDidChange(() => choice.check()));
  owned.add(vscode.workspace.onDidGrantWorkspaceTrust(() => session.tellState()));
  owned.add(
    vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused) look();
    }),
  );
  owned.add(onDidChangeSetting(['training.runsFolder'], () => void store.setFolder(runsFolder(context))));
  owned.add(onDidChangeSetting(['training.provider'], () => session.tellState()));
  return {
    session,
    store,
    choice,
    models,
    async activate() {
      store.watch();
      await session.activate();
    },
    dispose: () => owned.dispose(),
  };
}

/** What the setting names, where it is not absolute from the home folder on; by default the extension's storage. */
function runsFolder({ globalStorageUri }: vscode.ExtensionContext): string {
  const set = readSetting('training.runsFolder');
  if (set === '') return vscode.Uri.joinPath(globalStorageUri, 'runs').fsPath;
  return resolve(homedir(), set.replace(/^~[/\\]/, ''));
}
