/** The tokenizer pages of a window: one a document, restored after a reload. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import {
  type TokenizerChoice,
  TokenizerPageStateSchema,
  type TokenizerPlace,
} from '../../webview/protocol/tokenizer.ts';
import { PANELS } from '../contributions.ts';
import { Disposables } from '../platform/disposable.ts';
import type { CallWorker } from '../worker/worker-process.ts';
import { type PanelOptions, TokenizerPanel } from './panel.ts';

export interface TokenizerPanelsOptions {
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  /** Of the worker that completes: it answers while a run trains. */
  readonly call: CallWorker;
  /** The tokenizers of models and runs, the one that suits best first; and when they change. */
  readonly choices: () => readonly TokenizerChoice[];
  readonly onDidChangeChoices: (listener: () => void) => vscode.Disposable;
  /** Starts the command that trains a model. */
  readonly train: () => unknown;
}

export class TokenizerPanels implements vscode.Disposable, vscode.WebviewPanelSerializer {
  readonly #panels = new Set<TokenizerPanel>();
  readonly #owned = new Disposables();
  readonly #options: PanelOptions;

  constructor({ extensionUri, log, call, choices, onDidChangeChoices, train }: TokenizerPanelsOptions) {
    this.#options = {
      extensionUri,
      log,
      train,
      browse: browseForTokenizer,
      tokenizers: {
        choices,
        tokenize: (tokenizer, text, signal) => call('tokenize', { tokenizer, text }, { signal }),
        explain: (tokenizer, word) => call('explainMerges', { tokenizer, text: word }),
      },
    };
    this.#owned.add(vscode.window.registerWebviewPanelSerializer(PANELS.tokenizer, this));
    this.#owned.add(
      onDidChangeChoices(() => {
        for (const panel of this.#panels) panel.tokenizersChanged();
      }),
    );
  }

  /** Shows the tokens of what is selected in an editor, or of its whole document, beside it. */
  open(editor: vscode.TextEditor | undefined): void {
    if (editor === undefined) {
      const message = vscode.l10n.t(
        'Open the text whose tokens you want to see. Files over 50 MB have none.',
      );
      void vscode.window.showInformationMessage(message);
      return;
    }
    const { document, selection } = editor;
    const known = [...this.#panels].find(({ uri }) => uri.toString() === document.uri.toString());
    known?.reveal();
    const panel = known ?? this.#create(document);
    panel.setScope(selection);
  }

  /** Shows a page again after a reload of the window. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const kept = TokenizerPageStateSchema.safeParse(state);
    if (!kept.success || kept.data.place === undefined) {
      panel.dispose();
      return;
    }
    const made = this.#add(panel, kept.data.place);
    try {
      made.setDocument(await vscode.workspace.openTextDocument(made.uri));
    } catch (error) {
      // the page says that the document is closed
      this.#options.log.info(`[tokenizer page] ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  dispose(): void {
    this.#owned.dispose();
    for (const panel of this.#panels) panel.dispose();
  }

  #create(document: vscode.TextDocument): TokenizerPanel {
    const panel = vscode.window.createWebviewPanel(
      PANELS.tokenizer,
      vscode.l10n.t('Tokens: {0}', basename(document.uri.path)),
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
      { enableFindWidget: false },
    );
    const made = this.#add(panel, { uri: document.uri.toString(), main: '', other: '' });
    made.setDocument(document);
    return made;
  }

  #add(panel: vscode.WebviewPanel, place: TokenizerPlace): TokenizerPanel {
    const made = new TokenizerPanel(panel, place, this.#options);
    this.#panels.add(made);
    panel.onDidDispose(() => {
      this.#panels.delete(made);
      made.dispose();
    });
    return made;
  }
}

async function browseForTokenizer(): Promise<string | undefined> {
  const found = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    title: vscode.l10n.t('Choose a folder with a tokenizer.json'),
    openLabel: vscode.l10n.t('Choose'),
  });
  return found?.[0]?.fsPath;
}
