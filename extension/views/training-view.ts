import * as vscode from 'vscode';
import { TRAINING_VIEW_METHODS } from '../../webview/protocol/training.ts';
import { COMMANDS, VIEWS } from '../contributions.ts';
import type { Disposable } from '../platform/disposable.ts';
import { servePage } from '../platform/page.ts';
import { trainingHandlers } from '../training/handlers.ts';
import type { TrainingSession } from '../training/session.ts';

export interface TrainingViewOptions {
  readonly extensionUri: vscode.Uri;
  readonly session: TrainingSession;
  readonly log: vscode.LogOutputChannel;
}

/** The training page in the side bar. The session owns what it shows, so that the page may come and go. */
export class TrainingView implements vscode.WebviewViewProvider, Disposable {
  readonly #options: TrainingViewOptions;
  readonly #registration: vscode.Disposable;
  #page: vscode.Disposable | undefined;

  constructor(options: TrainingViewOptions) {
    this.#options = options;
    this.#registration = vscode.window.registerWebviewViewProvider(VIEWS.training, this);
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    const update = (): void => {
      if (view.visible) this.#page ??= this.#serve(view.webview);
      else this.#end();
    };
    view.onDidChangeVisibility(update);
    view.onDidDispose(() => this.#end());
    update();
  }

  dispose(): void {
    this.#end();
    this.#registration.dispose();
  }

  /** VS Code drops the document of a hidden view; one that is shown again begins anew, with calls of its own. */
  #end(): void {
    this.#page?.dispose();
    this.#page = undefined;
  }

  #serve(webview: vscode.Webview): vscode.Disposable {
    const { extensionUri, session, log } = this.#options;
    const title = vscode.l10n.t('Training');
    return servePage(webview, { extensionUri, entry: 'training', title, log }, TRAINING_VIEW_METHODS, {
      ...trainingHandlers(session),
      async manageTrust() {
        await vscode.commands.executeCommand('workbench.trust.manage');
        return null;
      },
      async showAdapter({ path }) {
        await vscode.commands.executeCommand(COMMANDS.showAdapter, { path });
        return null;
      },
      showLog() {
        log.show();
        return null;
      },
    });
  }
}
